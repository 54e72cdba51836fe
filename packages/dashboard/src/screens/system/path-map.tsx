import type { FleetDevice, StatusView } from '@vigil/contracts';
import { devices, type Health } from '../../live/office-api.js';
import { durationText } from '../../model/format.js';
import { screensOf } from '../../model/screens-of.js';
import { hopText, hopTimes } from '../../model/system-words.js';
import { Section } from '../../parts/parts.js';
import { useLoad } from '../../parts/use-load.js';
import { useIdentity } from '../../shell/identity.js';
import { t } from '../../words/words.js';

type State = 'good' | 'bad' | 'late' | 'unknown' | 'off';

interface Place {
  readonly id: 'device' | 'gateway' | 'hub' | 'processor' | 'store' | 'live' | 'pager' | 'watchdog';
  readonly state: State;
  readonly lines: readonly string[];
}

/** Every place that an alarm passes, in order, with how it is and how long it takes to get there. */
export function PathMap(props: { status: StatusView | null; parts: Health | null; live: boolean | null }) {
  const { user } = useIdentity();
  const seesDevices = screensOf(user?.roles ?? []).has('devices');
  const { load } = useLoad(seesDevices ? ['devices', 'of the system'] : null, () => devices(null), { everyMs: 30_000 });
  const list = load.kind === 'ready' ? load.value.items : null;
  const places = placesOf({ ...props, devices: list, seesDevices });
  return (
    <Section title={t('system:path')}>
      <p>{t('system:pathWhat')}</p>
      <ol className="path-map">
        {places.map(({ id, state, lines }) => (
          <li key={id} data-state={state}>
            <b>{t(`system:place_${id}`)}</b>
            <span className="path-state">{t(`system:state_${state}`)}</span>
            {lines.map((line) => (
              <span key={line} className="detail">
                {line}
              </span>
            ))}
          </li>
        ))}
      </ol>
    </Section>
  );
}

interface Facts {
  readonly status: StatusView | null;
  readonly parts: Health | null;
  readonly live: boolean | null;
  readonly devices: readonly FleetDevice[] | null;
  readonly seesDevices: boolean;
}

function placesOf({ status, parts, live, devices: list, seesDevices }: Facts): readonly Place[] {
  const trips = status?.canary.gateways ?? [];
  const hop = (at: Parameters<typeof hopTimes>[1]): string => hopText(hopTimes(trips, at));
  const partsState = (is: (name: string) => boolean): State => {
    const found = parts?.parts.filter(({ name }) => is(name)) ?? [];
    if (found.length === 0) return 'unknown';
    return found.every(({ ready }) => ready) ? 'good' : 'bad';
  };
  return [
    deviceOf(list, seesDevices),
    gatewayOf(status),
    { id: 'hub', state: reached(trips, 'hub'), lines: [hop('hub')] },
    { id: 'processor', state: partsState((name) => /alarm|processor|stream/.test(name)), lines: [hop('engine')] },
    {
      id: 'store',
      state: status === null ? 'unknown' : status.paging.problem === 'store-away' ? 'bad' : 'good',
      lines: [hop('stored')],
    },
    {
      id: 'live',
      state: live === null ? 'off' : live ? 'good' : 'bad',
      lines: live === null ? [t('system:notHere')] : live ? [] : [t('system:notLive')],
    },
    pagerOf(status, hop('sent')),
    watchdogOf(status),
  ];
}

const reached = (trips: StatusView['canary']['gateways'], at: 'hub'): State =>
  hopTimes(trips, at) === null ? 'unknown' : trips.some(({ late }) => late) ? 'late' : 'good';

function deviceOf(list: readonly FleetDevice[] | null, sees: boolean): Place {
  if (list === null) return { id: 'device', state: 'unknown', lines: sees ? [] : [t('system:devicesNotYours')] };
  const connected = list.filter(({ state }) => state !== null && state.isCurrent && state.connected).length;
  const lines = [t('system:devicesSeen', { connected, all: list.length })];
  return { id: 'device', state: list.length === 0 ? 'unknown' : connected < list.length ? 'late' : 'good', lines };
}

function gatewayOf(status: StatusView | null): Place {
  const trips = status?.canary.gateways ?? [];
  const heard = trips.filter(({ late, lastAtMs }) => !late && lastAtMs !== null);
  const newest = Math.min(...heard.map(({ ageMs }) => ageMs ?? Infinity));
  const lines = [
    t('system:gatewaysSeen', { heard: heard.length, all: trips.length }),
    ...(Number.isFinite(newest) ? [t('system:canaryTook', { age: durationText(newest) })] : []),
  ];
  if (status === null || trips.length === 0) return { id: 'gateway', state: 'unknown', lines };
  if (status.canary.state === 'off') return { id: 'gateway', state: 'off', lines };
  return { id: 'gateway', state: trips.some(({ late }) => late) ? 'late' : heard.length > 0 ? 'good' : 'unknown', lines };
}

function pagerOf(status: StatusView | null, hop: string): Place {
  if (status === null) return { id: 'pager', state: 'unknown', lines: [] };
  const waiting = status.channels.reduce((sum, each) => sum + each.waiting, 0);
  const lines = [hop, ...(waiting > 0 ? [t('system:waitingPages', { count: waiting })] : [])];
  return { id: 'pager', state: status.paging.problem === null ? 'good' : 'bad', lines };
}

function watchdogOf(status: StatusView | null): Place {
  const ageMs = status?.watchdogAgeMs ?? null;
  if (status === null) return { id: 'watchdog', state: 'unknown', lines: [] };
  return { id: 'watchdog', state: ageMs === null ? 'bad' : 'good', lines: ageMs === null ? [] : [durationText(ageMs)] };
}
