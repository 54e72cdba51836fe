/** A ward as a log, for benches that feed the engine alone. */
import { LogEvent } from '@vigil/contracts';
import { contentHash } from '@vigil/domain';

const FROM_MS = 1_767_225_600_000;

const envelope = { v: 1, origin: 'simulated' };
const bedId = (n) => `icu-${n + 1}`;
const deviceId = (n) => `sim-icu-${n + 1}`;

/** Rules, devices and patients, as the seed of a site puts them on the log. */
export function openWard(ruleSet, beds) {
  const at = { ...envelope, atMs: FROM_MS };
  const rules = { ...at, id: 'rules', key: 'bed:icu-1', kind: 'ruleSetActivated', hash: contentHash(ruleSet) };
  const events = [{ ...rules, ruleSet, rate: 1, by: 'bench' }];
  for (let n = 0; n < beds; n++) {
    const bed = { ...at, key: `bed:${bedId(n)}`, bedId: bedId(n) };
    events.push(
      { ...bed, id: `assign/${n}`, kind: 'deviceAssigned', deviceId: deviceId(n), fromMs: 0, toMs: null, intervalsMs: {} },
      { ...bed, id: `admit/${n}`, kind: 'admit', encounterId: `e${n}`, patientId: `p${n}` },
    );
  }
  return events.map((event) => LogEvent.parse(event));
}

/** What the device of bed `bed` sends in second `second`. Its members stand in the order in which the schema makes them. */
export function messageAt(bed, second, readings) {
  const atMs = FROM_MS + 1_000 + second * 1_000;
  return {
    ...{ v: 1, id: `${deviceId(bed)}/bench/${second}`, key: `bed:${bedId(bed)}`, origin: 'simulated', atMs },
    ...{ kind: 'deviceMessage', bedId: bedId(bed), deviceId: deviceId(bed), gatewayId: 'gw-1', bootId: 'bench', seq: second },
    ...{ deviceAtMs: atMs, gatewayAtMs: atMs, readings },
  };
}
