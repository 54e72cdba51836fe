import { Link } from '@tanstack/react-router';
import type { ScoreView } from '@vigil/contracts';
import { type Response, responseOf } from '../../model/news2.js';
import { t } from '../../words/words.js';

const ROWS: readonly Response[] = ['routine', 'low', 'single', 'urgent', 'emergency'];

/** What the college asks for at each threshold; the row of the newest charted set is marked, never that of the estimate. */
export function Protocol({ charted }: { charted: ScoreView | null }) {
  const now =
    charted === null || charted.total === null || !charted.isValid ? null : responseOf(charted.total, charted.singleParameter);
  return (
    <section className="card" aria-label={t('observations:protocol')}>
      <h2>{t('observations:protocol')}</h2>
      <div className="table-pane" role="region" aria-label={t('observations:protocolTable')} tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t('observations:protocolScore')}</th>
              <th scope="col">{t('observations:protocolWatch')}</th>
              <th scope="col">{t('observations:protocolDo')}</th>
            </tr>
          </thead>
          <tbody>
            {ROWS.map((row) => (
              <tr key={row} data-now={row === now} aria-current={row === now ? 'true' : undefined}>
                <th scope="row">
                  {row === now ? <span aria-hidden="true">▶ </span> : null}
                  {t(`observations:score.${row}`)}
                </th>
                <td>{t(`observations:watch.${row}`)}</td>
                <td>{t(`observations:do.${row}`)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Link className="button no-print" to="/on-call">
        {t('observations:escalate')}
      </Link>
      <p className="field-hint">
        <bdi>{t('observations:credit')}</bdi>
      </p>
    </section>
  );
}
