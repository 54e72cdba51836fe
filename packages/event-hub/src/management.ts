import { verifySas } from './auth/sas.js';
import { CONDITION, type Message, STR8, types } from './broker/amqp.js';
import { type Broker, partitionIndex } from './broker/broker.js';
import { type Answer, textOf } from './broker/requests.js';
import type { Hub } from './hub.js';

/**
 * Answers a READ of a hub's or partition's properties. Each request carries its own token and is checked by itself:
 * one official client puts no token for this node. Any right will do, a sender needs the partition ids too.
 */
export function answerManagement(broker: Broker, request: Message): Answer {
  const name = textOf(request, 'name');
  const token = textOf(request, 'security_token');
  if (textOf(request, 'operation') !== 'READ' || name === null)
    return { status: 400, description: 'READ with a name is expected' };
  const verdict = verifySas(broker.keys, token ?? '', name, broker.clock.wallMs());
  if (!verdict.ok) {
    broker.metrics.authFailures.inc({ reason: verdict.reason });
    return { status: 401, description: `the token is refused: ${verdict.reason}`, condition: CONDITION.unauthorized };
  }
  if (!broker.throughput.mayRead()) {
    broker.metrics.throttled.inc({ direction: 'management' });
    const description = `more than ${broker.limits.managementReadsPerSecond} questions for properties a second; ask again later`;
    return { status: 503, description, condition: CONDITION.busy };
  }
  const hub = broker.hubs.get(name.toLowerCase());
  const type = textOf(request, 'type');
  if (hub !== undefined && type === 'com.microsoft:eventhub')
    return { status: 200, description: 'OK', body: hubProperties(hub, name) };
  if (hub !== undefined && type === 'com.microsoft:partition') {
    const given = request.application_properties?.['partition'];
    const partition = typeof given === 'string' || typeof given === 'number' ? partitionIndex(hub, String(given)) : null;
    if (partition !== null) return { status: 200, description: 'OK', body: partitionProperties(hub, name, partition) };
  }
  const description = `The messaging entity '${name.slice(0, 256)}' could not be found`;
  return { status: 404, description, condition: CONDITION.notFound };
}

function hubProperties(hub: Hub, name: string): Record<string, unknown> {
  const ids = Array.from({ length: hub.partitions }, (_, i) => String(i));
  return {
    name,
    type: 'com.microsoft:eventhub',
    created_at: types.wrap_timestamp(hub.createdMs),
    partition_count: types.wrap_int(hub.partitions),
    partition_ids: types.wrap_array(ids, STR8),
    georeplication_factor: types.wrap_int(1),
  };
}

function partitionProperties(hub: Hub, name: string, partition: number): Record<string, unknown> {
  const { begin, next, lastEnqueuedMs } = hub.log.state(partition);
  const isEmpty = next === begin;
  return {
    name,
    type: 'com.microsoft:partition',
    partition: String(partition),
    begin_sequence_number: types.wrap_long(isEmpty ? -1 : begin),
    last_enqueued_sequence_number: types.wrap_long(next - 1),
    last_enqueued_offset: hub.log.offsets.write(next - 1),
    last_enqueued_time_utc: types.wrap_timestamp(lastEnqueuedMs),
    is_partition_empty: isEmpty,
  };
}
