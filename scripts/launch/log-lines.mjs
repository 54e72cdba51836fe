/** Turns the JSON log lines of the processes into lines that a person reads. */

const LEVELS = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 };
const COLOURS = { hub: 35, inbox: 36, platform: 34, gateway: 32, watchdog: 33, simulator: 90, vigil: 1 };
const LEVEL_WORDS = [
  [50, 'ERROR ', 31],
  [40, 'warn  ', 33],
];
const NAME_WIDTH = 9;
/** Fields that every line has and that say nothing here. */
const QUIET_FIELDS = new Set(['level', 'time', 'pid', 'hostname', 'msg', 'name', 'v']);
/** Most lines a second from one process; the rest is counted. */
export const LINES_PER_SECOND_MAX = 20;

const paint = (text, colour, on) => (on && colour ? `\u001b[${colour}m${text}\u001b[0m` : text);

/** Wall clock, local, e.g. `12:03:11`. */
export function clockText(atMs) {
  return new Date(atMs).toTimeString().slice(0, 8);
}

/** One pino line as `{level, time, msg, …}`; what is not JSON counts as information (stdout) or a warning (stderr). */
export function parseLine(line, isError) {
  if (line.startsWith('{')) {
    try {
      const record = JSON.parse(line);
      if (typeof record.level === 'number') return record;
    } catch {
      // A line of another form is shown as it is.
    }
  }
  return { level: isError ? LEVELS.warn : LEVELS.info, msg: line };
}

function fieldsText(name, record) {
  const parts = Object.entries(record)
    .filter(
      ([key, value]) => !QUIET_FIELDS.has(key) && value !== null && value !== undefined && !(key === 'part' && value === name),
    )
    .map(([key, value]) => `${key}=${typeof value === 'object' ? shortJson(value) : value}`);
  return parts.length === 0 ? '' : `  ${parts.join(' ')}`;
}

/** Errors keep type and message; a stack stays in the process's own output at level debug. */
function shortJson(value) {
  if (typeof value.message === 'string') return JSON.stringify(value.message);
  const text = JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

/** `12:03:11 gateway   warn  the hub is away  attempt=3` */
export function lineText(name, record, { colour }) {
  const found = LEVEL_WORDS.find(([level]) => record.level >= level);
  const mark = found ? paint(found[1], found[2], colour) : '';
  const who = paint(name.padEnd(NAME_WIDTH), COLOURS[name], colour);
  return `${clockText(record.time ?? Date.now())} ${who} ${mark}${record.msg ?? ''}${fieldsText(name, record)}`;
}

/**
 * Prints the lines of one process: those of at least `level`, and no more than LINES_PER_SECOND_MAX a second.
 *
 * @param options.write takes one whole line
 * @param options.onRecord sees every line, shown or not
 */
export function linePrinter(name, options) {
  const levelMin = LEVELS[options.level];
  let secondMs = 0;
  let shown = 0;
  let leftOut = 0;
  return (line, isError = false) => {
    if (line.trim() === '') return;
    const record = parseLine(line, isError);
    options.onRecord?.(record);
    if (record.level < levelMin) return;
    const nowMs = Date.now();
    if (nowMs - secondMs >= 1000) {
      if (leftOut > 0) options.write(lineText(name, { level: LEVELS.warn, msg: `${leftOut} more lines left out` }, options));
      secondMs = nowMs;
      shown = 0;
      leftOut = 0;
    }
    if (++shown > LINES_PER_SECOND_MAX) leftOut++;
    else options.write(lineText(name, record, options));
  };
}
