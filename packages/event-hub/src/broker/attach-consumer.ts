import type { Entity } from '../wire/address.js';
import { parseStartPosition, SELECTOR_FILTER } from '../wire/filter.js';
import { type AmqpError, CONDITION, type Sender } from './amqp.js';
import { type Broker, partitionIndex } from './broker.js';
import { ConsumerLink } from './consumer-link.js';
import type { EpochReader } from './epochs.js';

const TRACK_LAST = 'com.microsoft:enable-receiver-runtime-metric';
const UNSETTLED = 0;
const SETTLED = 1;

type GroupPartition = Extract<Entity, { kind: 'groupPartition' }>;

/**
 * Starts a consumer on an authorised link, or says why it can't read.
 *
 * @param end ends the link later: someone else reads there, or there is nothing to read from
 */
export function attachConsumer(
  broker: Broker,
  entity: GroupPartition,
  link: Sender,
  end: (error: AmqpError) => void,
): { reader: ConsumerLink; leave: () => void } | AmqpError {
  const attach = link.remote.attach!;
  const hub = broker.hubs.get(entity.hub)!;
  const partition = partitionIndex(hub, entity.partition)!;
  const start = parseStartPosition(selectorOf(attach.source?.filter), hub.log.offsets);
  if (start === null) return { condition: CONDITION.argument, description: 'The supplied start position is invalid' };
  const epoch = epochOf(attach.properties?.['com.microsoft:epoch']);
  if (epoch === undefined) return { condition: CONDITION.argument, description: 'The supplied epoch is invalid' };

  const tracksLast = [attach.desired_capabilities].flat().some((c) => String(c) === TRACK_LAST);
  const isSettled = attach.snd_settle_mode !== UNSETTLED;
  const reader = new ConsumerLink(broker, hub, { group: entity.group, partition }, link, { isSettled, tracksLast, end });
  const key = `${hub.name}/${entity.group}/${partition}`;
  const receiverName = attach.properties?.['com.microsoft:receiver-name'];
  const owner: EpochReader = {
    name: (typeof receiverName === 'string' ? receiverName : link.name).slice(0, 128),
    epoch,
    steal: (description) => end({ condition: CONDITION.stolen, description }),
  };
  const verdict = broker.epochs.enter(key, owner);
  if (!verdict.ok) {
    return { condition: verdict.reason === 'stolen' ? CONDITION.stolen : CONDITION.limit, description: verdict.description };
  }
  broker.metrics.steals.inc(verdict.stolen);
  const { name } = owner;
  const place = { hub: hub.name, group: entity.group, partition, name, epoch, sinceMs: broker.clock.wallMs() };
  const forget = broker.links.addReader({ ...place, credit: () => link.credit, next: () => reader.position });

  link.set_source({ address: attach.source?.address, filter: attach.source?.filter ?? undefined });
  // Deliveries go out settled. Who asks for a mode gets it echoed; one client refuses the attach otherwise.
  link.local.attach.snd_settle_mode = attach.snd_settle_mode === UNSETTLED ? UNSETTLED : SETTLED;
  if (tracksLast) link.local.attach.offered_capabilities = [TRACK_LAST];
  void reader.start(start);
  const leave = (): void => {
    broker.epochs.leave(key, owner);
    forget();
  };
  return { reader, leave };
}

/** The value is described text; who describes it how differs between clients. */
function selectorOf(filter: Record<string, unknown> | null | undefined): string | undefined {
  const value = filter?.[SELECTOR_FILTER] as { value?: unknown } | string | undefined;
  if (value === undefined || value === null) return undefined;
  const text = typeof value === 'string' ? value : value.value;
  // Anything else is no position, which is said as for a text that is none.
  return typeof text === 'string' ? text : '';
}

/** Null without an epoch, undefined for one that is no whole number. */
function epochOf(value: unknown): number | null | undefined {
  if (value === undefined || value === null) return null;
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
