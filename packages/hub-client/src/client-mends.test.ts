import { unsharedConsumer } from './policy.js';
import { topUp, withAddress } from './client-mends.js';

test('a grant of credit fills up to what is wanted, whatever is open already', () => {
  const granted: number[] = [];
  const link = topUp({
    credit: 0,
    addCredit(n: number) {
      granted.push(n);
      this.credit += n;
    },
  });
  link.addCredit(900);
  link.credit -= 3;
  link.addCredit(900);
  link.addCredit(900);
  link.addCredit(600);
  expect([granted, link.credit]).toEqual([[900, 3], 900]);
});

test('a sender keeps its address when the remote end of its link is gone', () => {
  const remote: { source?: { address: string } } = { source: { address: 'vigil/Partitions/0' } };
  const sender = withAddress({
    get address() {
      return remote.source!.address;
    },
  });
  delete remote.source;
  expect(sender.address).toBe('vigil/Partitions/0');
});

test('a link that has lost its address before it is looked at says nothing, and does not throw', () => {
  const link = withAddress({
    get address(): string {
      throw new TypeError('no source');
    },
  });
  expect(link.address).toBe('');
});

test('a subscription that outlives its client ends, and does not hold the thread for ever', async () => {
  const nowhere = 'Endpoint=sb://127.0.0.1:9/;SharedAccessKeyName=n;SharedAccessKey=k;UseDevelopmentEmulator=true';
  const client = unsharedConsumer('$Default', nowhere, 'vigil', 'test');
  // What `close` does to a client that is connected; this one never was.
  (client as unknown as { _context: { wasConnectionCloseCalled: boolean } })._context.wasConnectionCloseCalled = true;
  const reads: number[] = [];
  let closed: () => void;
  const isClosed = new Promise<void>((resolve) => (closed = resolve));
  const late = client.subscribe('0', {
    processEvents: (events) => {
      // Without the mend nothing but this ends the loop.
      if (reads.push(events.length) > 1_000) throw new TypeError('a pump that spins');
      return Promise.resolve();
    },
    processError: () => Promise.resolve(),
    processClose: () => Promise.resolve(closed()),
  });
  await isClosed;
  await late.close();
  expect(reads).toEqual([]);
});
