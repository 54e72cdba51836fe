import type { UnitPresence } from '@vigil/contracts';
import { Section, Table, whenText } from '../../parts/parts.js';
import { plainText } from '../../words/plain-text.js';
import { t } from '../../words/words.js';

/** The stations of the care unit on this screen: whether each shows the beds, and whether it can be heard. */
export function Watching({ presence, live }: { presence: UnitPresence | null; live: boolean | null }) {
  const head = [t('system:colStation'), t('system:colScreen'), t('system:colSound'), t('system:colSince')];
  return (
    <Section title={t('system:watching')}>
      {presence === null ? (
        <p className="state-note">{live === null ? t('system:watchingNoUnit') : t('system:watchingNone')}</p>
      ) : presence.stations.length === 0 ? (
        <p className="state-note">{t('system:watchingNoStations')}</p>
      ) : (
        <Table label={t('system:stationsTable')} head={head}>
          {presence.stations.map(({ stationId, label, state, sound, sinceMs }) => (
            <tr key={stationId} data-need={state === 'silent' || sound === 'blocked' || sound === 'off'}>
              <th scope="row">
                <bdi>{plainText(label)}</bdi>
              </th>
              <td>{t(`system:screen_${state}`)}</td>
              <td>{sound === null ? t('system:soundNone') : t(`system:sound_${sound}`)}</td>
              <td className="nowrap">{t('system:since', { when: whenText(sinceMs) })}</td>
            </tr>
          ))}
        </Table>
      )}
      {presence !== null && presence.others > 0 ? <p>{t('system:others', { count: presence.others })}</p> : null}
    </Section>
  );
}
