import { SeenMessages } from './seen.js';

const look = (seen: SeenMessages, device: string, boot: string, seq: number) => seen.look(device, boot, seq, seq * 1_000);
const add = (seen: SeenMessages, device: string, boot: string, seq: number) => seen.add(device, boot, seq, seq * 1_000);

test('a message is a repetition once it is stored, and not before', () => {
  const seen = new SeenMessages();
  expect(look(seen, 'd', 'boot', 5)).toBe('new');
  add(seen, 'd', 'boot', 5);
  expect(look(seen, 'd', 'boot', 5)).toBe('repeated');
});

test('a number that comes again for another time is no repetition', () => {
  const seen = new SeenMessages();
  add(seen, 'd', 'boot', 5);
  expect(seen.look('d', 'boot', 5, 6_001)).toBe('other');
  expect(seen.look('d', 'boot', 5, 4_900)).toBe('repeated');
});

test('older messages that were never stored are new, even behind a newer one', () => {
  const seen = new SeenMessages();
  add(seen, 'd', 'boot', 500);
  expect(look(seen, 'd', 'boot', 499)).toBe('new');
});

test('another boot or device shares nothing', () => {
  const seen = new SeenMessages();
  add(seen, 'd', 'boot', 5);
  expect([look(seen, 'd', 'other', 5), look(seen, 'e', 'boot', 5)]).toEqual(['new', 'new']);
  add(seen, 'd', 'other', 1);
  expect(look(seen, 'd', 'boot', 5)).toBe('new');
});

test('what is long past counts as new', () => {
  const seen = new SeenMessages();
  for (let seq = 0; seq < 2_000; seq++) add(seen, 'd', 'boot', seq);
  expect([look(seen, 'd', 'boot', 0), look(seen, 'd', 'boot', 1_999)]).toEqual(['new', 'repeated']);
});
