import { TRANSFER_HEAD_BYTES } from '../wire/transfer.js';
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
  for (let i = 0; i < 3; i++) writer.add(Buffer.from('event'), 0, 5);
  writer.flush();
  const frame = written[0]!.length / 3;
  const ids = [0, 1, 2].map((i) => written[0]!.readUInt32BE(i * frame + 20));
  expect(ids).toEqual([2 ** 32 - 1, 0, 1]);
  expect([link.delivery_count, link.credit, writer.allowedDeliveries()]).toEqual([2, 7, 7]);
  // The library writes this as 32 bits with each of its flow frames.
  expect(outgoing.window).toBe(0xffff_ffff);
});

test('a delivery of more frames than the window has goes on when the window opens, and nothing goes beyond it', () => {
  const { link, outgoing, written } = linkAt(0);
  link.connection.max_frame_size = 512;
  outgoing.remote_window = 3;
  const writer = new TransferWriter(link as unknown as Sender, true, null);
  const event = Buffer.from(Array.from({ length: 2000 }, (_, i) => i % 251));
  const room = 512 - TRANSFER_HEAD_BYTES;
  writer.add(event, 0, event.length);
  writer.flush();
  expect([writer.allowedDeliveries(), writer.goOn(), outgoing.next_transfer_id, written[0]!.length]).toEqual([
    0,
    false,
    3,
    3 * 512,
  ]);
  outgoing.remote_next_transfer_id = 3;
  expect([writer.goOn(), writer.allowedDeliveries(), outgoing.next_transfer_id]).toEqual([true, 1, 5]);
  writer.flush();
  const all = Buffer.concat(written);
  const frames = Array.from({ length: 5 }, (_, i) => all.subarray(i * 512, (i + 1) * 512));
  expect(Buffer.concat(frames.map((frame) => frame.subarray(TRANSFER_HEAD_BYTES)))).toEqual(event);
  expect(frames.map((frame) => [frame.readUInt32BE(20), frame[32]])).toEqual([...Array(4).fill([0, 0x41]), [0, 0x42]]);
  expect([room * 4 < event.length, link.credit, link.delivery_count]).toEqual([true, 9, 1]);
});
