import type { OnCallNow, PolicyInForce, PolicyRoute, ReachabilityView } from '@vigil/contracts';
import { reachabilityOf } from '../../live/on-call-api.js';
import { type ChainPerson, chainOf } from '../../model/call-chain.js';
import { wayWord } from '../../model/escalation-events.js';
import { durationText } from '../../model/format.js';
import { afterLastText, reachText, routeText, secondsText, targetText } from '../../model/on-call-words.js';
import { useLoad } from '../../parts/use-load.js';
import { useIdentity } from '../../shell/identity.js';
import { t } from '../../words/words.js';

/** A ward has as many nurses as beds: how each is reached is asked for so many people, the others are counted. */
const SHOWN_MAX = 8;
const WAYS_EVERY_MS = 60_000;

interface ChainProps {
  readonly policy: PolicyInForce;
  readonly now: OnCallNow;
  readonly nameOf: (staffId: string) => string;
}

/** What the policy in force says, with the people of now. */
export function Chain({ policy, now, nameOf }: ChainProps) {
  return (
    <>
      <p>
        <b>
          <bdi>{policy.content.name}</bdi>
        </b>{' '}
        {policy.source === 'approved' ? t('onCall:approvedByTwo') : t('onCall:fromSite')}
      </p>
      {policy.findings.map((finding) => (
        <p
          key={`${finding.code}-${finding.path}`}
          className={finding.severity === 'refused' ? 'state-note trouble' : 'state-note'}
        >
          {finding.severity === 'refused' ? <b>{finding.message}</b> : finding.message}
        </p>
      ))}
      {policy.content.routes.map((route, at) => (
        // The order of the routes is what decides, and a policy never changes under its hash.
        <RouteNow key={`${policy.hash}-${at}`} route={route} now={now} nameOf={nameOf} />
      ))}
    </>
  );
}

function RouteNow({ route, now, nameOf }: { route: PolicyRoute } & Omit<ChainProps, 'policy'>) {
  const names = {
    scheduleName: (id: string) => now.schedules.find(({ scheduleId }) => scheduleId === id)?.label ?? id,
    personName: nameOf,
  };
  return (
    <div className="chain-route">
      <h3>{routeText(route)}</h3>
      <ol className="chain-steps">
        {chainOf(route, now, nameOf).map((step, at) => (
          <li key={at} data-empty={step.isEmpty}>
            <span className="chain-after">
              {step.afterS === 0 ? t('onCall:tellAtOnce') : t('onCall:tellAfter', { after: secondsText(step.afterS) })}
            </span>
            {step.targets.map(({ target, people }) => (
              <div key={JSON.stringify(target)} className="chain-target">
                <b>
                  <bdi>{targetText(target, names)}</bdi>
                </b>
                <People people={people} />
              </div>
            ))}
            {step.isEmpty ? <b className="chain-nobody">{t('onCall:noOneHere')}</b> : null}
          </li>
        ))}
      </ol>
      <p className="field-hint">{afterLastText(route)}</p>
    </div>
  );
}

function People({ people }: { people: readonly ChainPerson[] }) {
  if (people.length === 0) return <span className="chain-none">{t('onCall:nobody')}</span>;
  const more = people.length - SHOWN_MAX;
  return (
    <ul>
      {people.slice(0, SHOWN_MAX).map(({ staffId, name, reachability }) => (
        <li key={staffId} data-reach={reachability ?? 'unknown'}>
          <ReachMark reachability={reachability} /> <bdi>{name ?? staffId}</bdi>{' '}
          {reachability === null ? null : <Ways staffId={staffId} />}
        </li>
      ))}
      {more > 0 ? <li>{t('onCall:morePeople', { count: more })}</li> : null}
    </ul>
  );
}

const MARKS = { reachable: '●', doubtful: '◐', unreachable: '✕' } as const;

/** Shape and word, never colour alone. */
export function ReachMark({ reachability }: Pick<ChainPerson, 'reachability'>) {
  const text = `${t('onCall:colReach')}: ${reachText(reachability)}`;
  return (
    <span className="reach-mark" data-reach={reachability ?? 'unknown'} title={text}>
      <span aria-hidden="true">{reachability === null ? '?' : MARKS[reachability]}</span>
      <span className="visually-hidden">{text}.</span>
    </span>
  );
}

/** Each channel before it is needed. */
function Ways({ staffId }: { staffId: string }) {
  const { serverNowMs } = useIdentity();
  const { load } = useLoad(['reachability', staffId], () => reachabilityOf(staffId), { everyMs: WAYS_EVERY_MS });
  if (load.kind !== 'ready') return null;
  if (load.value.ways.length === 0) return <b>{t('onCall:noWay')}</b>;
  return (
    <span className="ways">
      {load.value.ways.map((way) => (
        <WayChip key={way.contactId} way={way} nowMs={serverNowMs()} />
      ))}
    </span>
  );
}

const GOOD: ReadonlySet<string> = new Set(['works']);

export function WayChip({ way, nowMs }: { way: ReachabilityView['ways'][number]; nowMs: number }) {
  const tried =
    way.lastTriedAtMs === null
      ? t('onCall:neverSeen')
      : t('onCall:lastSeen', { age: durationText(Math.max(0, nowMs - way.lastTriedAtMs)) });
  const isGood = GOOD.has(way.state);
  return (
    <span className="way-chip" data-state={way.state} title={tried}>
      {wayWord(way.channel)} <span aria-hidden="true">{isGood ? '✓' : '!'}</span>{' '}
      <span className={isGood ? 'visually-hidden' : ''}>{t(`onCall:wayState_${way.state}`)}</span>
      <span className="way-tried">{tried}</span>
    </span>
  );
}
