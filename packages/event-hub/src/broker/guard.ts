import type { Connection, Performative } from './amqp.js';

/** The largest message a producer may send, envelope included, as at the service. */
export const MESSAGE_BYTES_MAX = 1024 * 1024;
export const FRAME_BYTES_MAX = 256 * 1024;
/** With room for what a batch of that size is wrapped in. */
export const DELIVERY_BYTES_MAX = MESSAGE_BYTES_MAX + 64 * 1024;

/** Fields of each performative by its code, so that nulls at the end are written too: one client reads by position. */
const FIELD_COUNT: Record<string, number> = {
  'open#10': 10,
  'begin#11': 8,
  'attach#12': 14,
  'flow#13': 11,
  'transfer#14': 11,
  'disposition#15': 6,
  'detach#16': 3,
  'end#17': 1,
  'close#18': 1,
};

/** Where these carry an error or an outcome with one. */
const FIELD_WITH_ERROR: Record<string, number> = { 'disposition#15': 4, 'detach#16': 2, 'end#17': 0, 'close#18': 0 };
const ERROR = 0x1d;
const ERROR_FIELDS = 3;
const REJECTED = 0x25;

/** Makes every outgoing performative carry all its fields. */
export function writeAllFields(connection: Connection): void {
  const write = connection._write_frame;
  connection._write_frame = function (channel, frame, payload): void {
    if (frame !== undefined) pad(frame);
    write.call(this, channel, frame, payload);
  };
}

function pad(frame: Performative): void {
  const count = FIELD_COUNT[String(frame.constructor)] ?? 0;
  for (let i = 0; i < count; i++) frame.value[i] ??= null;
  const at = FIELD_WITH_ERROR[String(frame.constructor)];
  if (at !== undefined) padError(frame.value[at] as Described | null);
}

interface Described {
  readonly descriptor?: { readonly value: unknown };
  readonly value?: unknown;
}

/** An error, alone or in a rejected outcome: that client waits for ever for a send whose error is short of a field. */
function padError(described: Described | null): void {
  if (described === null || !Array.isArray(described.value)) return;
  const list = described.value as (Described | null)[];
  if (described.descriptor?.value === ERROR) for (let i = 0; i < ERROR_FIELDS; i++) list[i] ??= null;
  else if (described.descriptor?.value === REJECTED) padError(list[0] ?? null);
}
