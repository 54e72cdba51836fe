import type { Sender } from './amqp.js';
import { TransferWriter } from './transfer-writer.js';

/** What the writer uses of a link, near the end of AMQP's 32-bit counters. */
function linkAt(count: number) {
  const written: Buffer[] = [];
  const outgoing = {
    ...{ next_delivery_id: count, next_pending_delivery: count, next_transfer_id: count, window: 0xffff_ffff },
    ...{ remote_window: 100, remote_next_transfer_id: count },
  };
  const link = {
    ...{ credit: 10, delivery_count: count, local: { handle: 3 } },
    session: { local: { channel: 1 }, outgoing },
    connection: { max_frame_size: 65_536, socket: { write: (bytes: Buffer) => written.push(bytes) } },
  };
  return { link, outgoing, written };
}

test('after 2^32 events on one link its counters start again and deliveries go on', () => {
  const { link, outgoing, written } = linkAt(2 ** 32 - 1);
  const writer = new TransferWriter(link as unknown as Sender, true, null);
  for (let i = 0; i < 3; i++) expect(writer.add(Buffer.from('event'), 0, 5, 10)).toBe(1);
  writer.flush();
  const frame = written[0]!.length / 3;
  const ids = [0, 1, 2].map((i) => written[0]!.readUInt32BE(i * frame + 20));
  expect(ids).toEqual([2 ** 32 - 1, 0, 1]);
  expect([link.delivery_count, link.credit, writer.allowedTransfers()]).toEqual([2, 7, 7]);
  // The library writes this as 32 bits with each of its flow frames.
  expect(outgoing.window).toBe(0xffff_ffff);
});
