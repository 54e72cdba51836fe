/** What a hub tells about itself and its partitions. */
import { kindsOf } from './event-hub-clients.js';
import { inspector, localOnly, Marked, type Suite } from './event-hub-namespace.js';

const refusal = (asked: Promise<unknown>): Promise<string[]> => asked.then(() => ['answered'], kindsOf);

export function propertiesContract(suite: Suite): void {
  test('a hub tells its name, its partitions and when it was made', async () => {
    const { producer, hub, partitions } = suite.namespace();
    const properties = await producer.getEventHubProperties();
    expect(properties.name.toLowerCase()).toBe(hub.toLowerCase());
    expect(properties.partitionIds).toEqual(partitions.map((_, i) => String(i)));
    expect(properties.createdOn.getTime()).toBeLessThan(Date.now() + 60_000);
    expect(properties.createdOn.getTime()).toBeGreaterThan(1_400_000_000_000);
    if (suite.isLocal) expect(properties).toMatchObject({ isGeoDrEnabled: false });
  });

  test('a partition tells its first and last sequence number, last offset and time, and they move', async () => {
    const own = new Marked(suite.namespace());
    const { producer, hub } = suite.namespace();
    const before = await producer.getPartitionProperties(own.partition);
    const from = await own.here();
    await own.send([1, 2]);
    const [, last] = await own.receive(from, 2);
    const after = await producer.getPartitionProperties(own.partition);
    expect(after).toMatchObject({ isEmpty: false, partitionId: own.partition });
    expect(after.eventHubName.toLowerCase()).toBe(hub.toLowerCase());
    expect(after.lastEnqueuedSequenceNumber).toBeGreaterThanOrEqual(before.lastEnqueuedSequenceNumber + 2);
    expect(after.lastEnqueuedSequenceNumber).toBeGreaterThanOrEqual(last!.sequenceNumber);
    expect(after.beginningSequenceNumber).toBeLessThanOrEqual(last!.sequenceNumber);
    if (suite.isLocal) {
      expect(after.lastEnqueuedOffset).toBe(last!.offset);
      expect(after.lastEnqueuedOnUtc).toEqual(last!.enqueuedTimeUtc);
      expect(after.beginningSequenceNumber).toBe(0);
    }
  });

  localOnly(suite, 'an empty partition says so, with -1 for its sequence numbers and offset', 'none may be empty', async () => {
    const { producer, partitions } = suite.namespace();
    // The last but one is left alone by the other tests that write to a partition of their choice.
    const properties = await Promise.all(partitions.map((id) => producer.getPartitionProperties(id)));
    const empty = properties.find((each) => each.isEmpty);
    expect(empty).toMatchObject({
      beginningSequenceNumber: -1,
      lastEnqueuedSequenceNumber: -1,
      lastEnqueuedOffset: '-1',
    });
  });

  test('a consumer client is told the same', async () => {
    const namespace = suite.namespace();
    const client = inspector(namespace);
    expect(await client.getPartitionIds()).toEqual(namespace.partitions);
    const fromClient = await client.getPartitionProperties(namespace.partitions[0]!);
    expect(fromClient.partitionId).toBe(namespace.partitions[0]);
    await client.close();
  });

  test('a partition that is not there is refused', async () => {
    const client = inspector(suite.namespace());
    await client.getPartitionIds();
    const kinds = await refusal(client.getPartitionProperties('77'));
    if (suite.isLocal) expect(kinds).toEqual(['MessagingEntityNotFoundError']);
    else expect(kinds).not.toEqual(['answered']);
    await client.close();
  });
}
