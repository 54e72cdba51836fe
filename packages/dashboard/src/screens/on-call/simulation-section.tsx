import type { PolicyDetail, PolicySimulation, SimulatedPolicy } from '@vigil/contracts';
import { simulatePolicy } from '../../live/policies-api.js';
import { onCallTroubleText } from '../../model/on-call-trouble.js';
import { secondsText } from '../../model/on-call-words.js';
import { isFresh, mayDecide, simulationLines } from '../../model/policy-moves.js';
import { dayMinuteText, momentText } from '../../model/time-words.js';
import { useSubmit } from '../../parts/form.js';
import { Section, Table } from '../../parts/parts.js';
import { queries } from '../../parts/use-load.js';
import { useIdentity } from '../../shell/identity.js';
import { t } from '../../words/words.js';
import { useNames } from './on-call-frame.js';

const DAYS = 7;

/** What the policy would have done with the alarms of the last week, beside what is in force and what really happened. */
export function SimulationSection({ policy }: { policy: PolicyDetail }) {
  const { user, checked, serverNowMs } = useIdentity();
  const { busy, error, run } = useSubmit();
  const { simulation } = policy;
  const isOld = simulation !== null && !isFresh(simulation, serverNowMs());
  const simulate = (): void =>
    void run(async () => {
      const answer = checked(await simulatePolicy(policy.hash, DAYS));
      if (!answer.ok) return onCallTroubleText(answer.trouble);
      await queries.invalidateQueries({ queryKey: ['policies', 'one', policy.hash] });
      return '';
    });
  return (
    <Section title={t('onCall:simulationTitle')}>
      {simulation === null ? <p className="state-note">{t('onCall:simulationNone')}</p> : null}
      {isOld ? <p className="state-note trouble">{t('onCall:simulationOld', { at: momentText(simulation.toWallMs) })}</p> : null}
      {simulation === null ? null : <SimulationView simulation={simulation} />}
      <p className="form-error" role="alert">
        {error}
      </p>
      {mayDecide(user?.roles ?? []) ? (
        <button type="button" className="button" aria-disabled={busy} onClick={simulate}>
          {busy ? t('onCall:simulating') : t('onCall:simulate')}
        </button>
      ) : null}
    </Section>
  );
}

export function SimulationView({ simulation }: { simulation: PolicySimulation }) {
  const { nameOf } = useNames();
  const { alarms, isCut, fromWallMs, toWallMs, wouldHave, assumptions } = simulation;
  const lines = simulationLines(simulation, nameOf);
  const people = [...wouldHave.perPerson].sort((a, b) => b.pages - a.pages);
  return (
    <>
      <p>{t('onCall:simulationOf', { count: alarms, from: dayMinuteText(fromWallMs), to: dayMinuteText(toWallMs) })}</p>
      {isCut ? <p className="state-note">{t('onCall:simulationCut')}</p> : null}
      {alarms === 0 ? <p className="state-note trouble">{t('onCall:simNoAlarms')}</p> : null}
      {lines.length > 0 ? (
        <p className="simulation-line">
          <b>{lines[0]}</b>
        </p>
      ) : null}
      <Table
        label={t('onCall:figure')}
        head={[t('onCall:figure'), t('onCall:simWould'), t('onCall:simInForce'), t('onCall:simReally')]}
      >
        {rowsOf(simulation).map(([key, ...figures]) => (
          <tr key={key}>
            <th scope="row">{t(key)}</th>
            {figures.map((figure, at) => (
              <td key={at}>{figure}</td>
            ))}
          </tr>
        ))}
      </Table>
      {people.length === 0 ? null : (
        <Table
          label={t('onCall:simPerson')}
          head={[
            ...[t('onCall:simPerson'), t('onCall:simPages'), t('onCall:simMost')],
            ...[t('onCall:simOverloads'), t('onCall:simBand')],
          ]}
        >
          {people.map((person) => (
            <tr key={person.staffId} data-need={person.band === 'overload'}>
              <th scope="row">
                <bdi>{nameOf(person.staffId)}</bdi>
              </th>
              <td>{person.pages}</td>
              <td>{person.mostIn10Min}</td>
              <td>{person.overloads}</td>
              <td>{t(`onCall:band_${person.band}`)}</td>
            </tr>
          ))}
        </Table>
      )}
      {assumptions.length === 0 ? null : (
        <details>
          <summary>{t('onCall:simAssumptions')}</summary>
          <ul>
            {assumptions.map((each) => (
              <li key={each}>{each}</li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

type RowKey = `onCall:sim${'Pages' | 'Told' | 'Nobody' | 'RanOut' | 'Skipped' | 'First'}`;

function rowsOf({ wouldHave, inForce, really }: PolicySimulation): readonly (readonly [RowKey, ...(string | number)[]])[] {
  const both = (of: (policy: SimulatedPolicy) => string | number) => [of(wouldHave), of(inForce)] as const;
  const first = ({ firstPage }: SimulatedPolicy): string =>
    firstPage === null ? '–' : secondsText(Math.round(firstPage.p95Ms / 1_000));
  return [
    ['onCall:simPages', ...both(({ pages }) => pages), really.pages],
    ['onCall:simTold', ...both(({ toldAlarms }) => toldAlarms), really.toldAlarms],
    ['onCall:simNobody', ...both(({ nobodyAlarms }) => nobodyAlarms), '–'],
    ['onCall:simRanOut', ...both(({ ranOut }) => ranOut), really.unacceptedAlarms],
    ['onCall:simSkipped', ...both(({ skippedSteps }) => skippedSteps), '–'],
    ['onCall:simFirst', ...both(first), '–'],
  ];
}
