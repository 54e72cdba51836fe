import type { OnCallNow, PolicyInForce, PolicyRoute } from '@vigil/contracts';
import { onCallNow, policyInForce } from '../../live/on-call-api.js';
import { afterLastText, dutiesOf, reachText, roleWord, routeText, secondsText, targetText } from '../../model/on-call-words.js';
import { ChooseUnit } from '../../shell/choose-unit.js';
import { Loaded, Section, Table, whenText } from '../../parts/parts.js';
import { useLoad } from '../../parts/use-load.js';

/** Who would be told of an alarm now, and in which order. */
export function OnCallScreen() {
  return <ChooseUnit>{(careUnitId) => <OfUnit key={careUnitId} careUnitId={careUnitId} />}</ChooseUnit>;
}

function OfUnit({ careUnitId }: { careUnitId: string }) {
  const now = useLoad(['on-call', careUnitId, 'now'], () => onCallNow(careUnitId));
  const policy = useLoad(['policies', careUnitId, 'in-force'], () => policyInForce(careUnitId));
  return (
    <>
      <p>
        Vigil is a second notification: the bedside monitor is the first.{' '}
        <button type="button" className="button" onClick={now.again}>
          Look again
        </button>
      </p>
      <Section title="On duty now">
        <Loaded load={now.load} again={now.again} what="who is on duty">
          {(value) => <OnDuty now={value} />}
        </Loaded>
      </Section>
      <Section title="Who is told, in which order">
        <Loaded load={policy.load} again={policy.again} what="the policy">
          {(value) => <Policy policy={value} />}
        </Loaded>
      </Section>
    </>
  );
}

const untilText = (toMs: number | null): string => (toMs === null ? 'no end known' : `until ${whenText(toMs)}`);

function OnDuty({ now }: { now: OnCallNow }) {
  const isNobody = now.roles.length === 0 && now.schedules.every(({ people }) => people.length === 0);
  return (
    <>
      {isNobody ? (
        <p className="state-note trouble" role="alert">
          Nobody is on duty here: an alarm would be told to nobody.
        </p>
      ) : null}
      <Table label="On duty now" head={['As', 'Who', 'For', 'Can be reached', 'Until', 'Next']}>
        {dutiesOf(now.roles).map((duty) => (
          <tr key={`${duty.role}-${duty.staffId}-${duty.untilMs}-${duty.places}`} data-need={duty.reachability === 'unreachable'}>
            <th scope="row">{roleWord(duty.role)}</th>
            <td>{duty.name}</td>
            <td>{duty.places}</td>
            <td>{reachText(duty.reachability)}</td>
            <td className="nowrap">{untilText(duty.untilMs)}</td>
            <td>–</td>
          </tr>
        ))}
        {now.schedules.map((schedule) => (
          <tr key={schedule.scheduleId} data-need={schedule.people.length === 0}>
            <th scope="row">{schedule.label}</th>
            <td>{schedule.people.length === 0 ? <b>NOBODY</b> : schedule.people.map(({ name }) => name).join(', ')}</td>
            <td>the care unit</td>
            <td>{schedule.people.map(({ reachability }) => reachText(reachability)).join(', ') || '–'}</td>
            <td className="nowrap">{schedule.people.map(({ toMs }) => untilText(toMs)).join(', ') || '–'}</td>
            <td>{schedule.next === null ? 'nobody' : `${schedule.next.name}, ${whenText(schedule.next.fromMs)}`}</td>
          </tr>
        ))}
      </Table>
    </>
  );
}

function Policy({ policy }: { policy: PolicyInForce }) {
  return (
    <>
      <p>
        <b>{policy.content.name}</b>{' '}
        {policy.source === 'approved' ? 'Approved by two people.' : 'From the description of the site: nobody has approved it.'}
      </p>
      {policy.findings.map((finding) => (
        <p key={`${finding.code}-${finding.path}`} className="state-note">
          {finding.severity === 'refused' ? <b>{finding.message}</b> : finding.message}
        </p>
      ))}
      {policy.content.routes.map((route, at) => (
        // The order of the routes is what decides, and a policy never changes under its hash.
        <Route key={`${policy.hash}-${at}`} route={route} />
      ))}
    </>
  );
}

function Route({ route }: { route: PolicyRoute }) {
  return (
    <div>
      <h3>{routeText(route)}</h3>
      <ol>
        {route.steps.map((step) => (
          <li key={step.tell.map(targetText).join()}>
            {step.tell.map(targetText).join(' and ')}, then {secondsText(step.waitS)}
          </li>
        ))}
      </ol>
      <p>{afterLastText(route)}</p>
    </div>
  );
}
