import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const CSS = readFileSync(join(import.meta.dirname, '../../packages/dashboard/src/styles/tokens.css'), 'utf8');

/** GL-16. Text; large digits and curves; alarm colours for people who do not see red, green or blue. */
const TEXT = 4.5;
const LARGE = 3;
const APART = 40;

const INKS = ['text', 'soft', 'muted', 'stale', 'amber'];

type Rgb = readonly [number, number, number];
const rgb = (hex: string): Rgb => [1, 3, 5].map((i) => Number.parseInt(hex.slice(i, i + 2), 16) / 255) as unknown as Rgb;
const linear = (c: number): number => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
const encoded = (c: number): number => (c <= 0.0031308 ? c * 12.92 : 1.055 * c ** (1 / 2.4) - 0.055);

/** WCAG 2.2, relative luminance and contrast ratio. */
function contrast(a: string, b: string): number {
  const light = (hex: string): number => {
    const [r, g, bl] = rgb(hex).map(linear) as unknown as Rgb;
    return 0.2126 * r + 0.7152 * g + 0.0722 * bl;
  };
  const [x, y] = [light(a), light(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

/** Machado, Oliveira, Fernandes 2009, severity 1.0; on linear RGB. */
const SEES: Readonly<Record<string, readonly (readonly [number, number, number])[]>> = {
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritan: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function lab(color: Rgb): Rgb {
  const [r, g, b] = color.map(linear) as unknown as Rgb;
  const xyz = [
    (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047,
    0.2126 * r + 0.7152 * g + 0.0722 * b,
    (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883,
  ].map((t) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116)) as unknown as Rgb;
  return [116 * xyz[1] - 16, 500 * (xyz[0] - xyz[1]), 200 * (xyz[1] - xyz[2])];
}

function deltaE(a: string, b: string, matrix: (typeof SEES)[string]): number {
  const seen = (hex: string): Rgb => {
    const color = rgb(hex).map(linear) as unknown as Rgb;
    return lab(
      matrix.map((row) =>
        encoded(Math.min(1, Math.max(0, row[0] * color[0] + row[1] * color[1] + row[2] * color[2]))),
      ) as unknown as Rgb,
    );
  };
  const [p, q] = [seen(a), seen(b)];
  return Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
}

function tokensOf(selector: string): ReadonlyMap<string, string> {
  const from = CSS.indexOf(`${selector} {`);
  const block = CSS.slice(from, CSS.indexOf('}', from));
  return new Map(
    [...block.matchAll(/--(?:screen-)?([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, value]) => [name ?? '', value ?? '']),
  );
}

describe.each([
  ['dark', ':root'],
  ['light', ":root[data-theme='light']"],
  ['night', ":root[data-theme='night']"],
  ['contrast', ":root[data-theme='contrast']"],
])('the %s theme', (_, selector) => {
  const tokens = tokensOf(selector);
  const of = (name: string): string => {
    const value = tokens.get(name);
    if (value === undefined) throw new Error(`no --${name} in ${selector}`);
    return value;
  };

  test('is a full set', () => {
    expect([...tokens.keys()]).toEqual([...tokensOf(':root').keys()]);
  });

  test.each(['text', 'soft', 'muted', 'stale', 'amber', 'high-text', 'medium-text', 'low-text', 'technical-text'])(
    '--%s is read on every ground',
    (name) => {
      for (const ground of ['page', 'tile', 'raised', 'bar']) {
        expect(contrast(of(name), of(ground))).toBeGreaterThanOrEqual(TEXT);
      }
    },
  );

  test.each([
    ['high-on', 'high'],
    ['high-on', 'high-dim'],
    ['medium-on', 'medium'],
    ['medium', 'medium-dim'],
    ['low-on', 'low'],
    ['technical-on', 'technical'],
    ['primary-on', 'primary'],
    ['replay-text', 'replay'],
    ['live-text', 'bar'],
    ['text', 'hover'],
  ])('--%s is read on --%s', (name, ground) => {
    expect(contrast(of(name), of(ground))).toBeGreaterThanOrEqual(TEXT);
  });

  test.each([
    'green',
    'cyan',
    'yellow',
    'red',
    'violet',
    'salmon',
    'white',
    'cb-green',
    'cb-sky',
    'cb-yellow',
    'cb-orange',
    'cb-pink',
    'cb-gold',
  ])('digits and curves in --%s stand out', (name) => {
    expect(contrast(of(name), of('tile'))).toBeGreaterThanOrEqual(LARGE);
    expect(contrast(of(name), of('page'))).toBeGreaterThanOrEqual(LARGE);
  });

  test('the focus and the lines of buttons stand out', () => {
    expect(contrast(of('focus'), of('page'))).toBeGreaterThanOrEqual(LARGE);
    expect(contrast(of('focus'), of('raised'))).toBeGreaterThanOrEqual(LARGE);
  });

  test.each(Object.entries(SEES))('alarm colours are told apart by %s eyes', (_eyes, matrix) => {
    const pairs = [
      ['high', 'medium'],
      ['high', 'low'],
      ['medium', 'low'],
    ] as const;
    for (const [a, b] of pairs) expect([a, b, Math.floor(deltaE(of(a), of(b), matrix)) >= APART]).toEqual([a, b, true]);
  });
});

describe('paper', () => {
  const paper = tokensOf(':root[data-theme]');

  test('every ink of a dark theme has one for paper, and it is read on white', () => {
    const inks = [...tokensOf(':root').keys()].filter((name) => name.endsWith('-text') || INKS.includes(name));
    for (const name of inks) {
      const ink = paper.get(name);
      expect([name, ink !== undefined && contrast(ink, '#ffffff') >= TEXT]).toEqual([name, true]);
    }
  });

  test('what paper changes of what a picture is drawn with, the picture keeps', () => {
    const from = CSS.indexOf('.review-pane,');
    const kept = [...CSS.slice(from, CSS.indexOf('}', from)).matchAll(/--([\w-]+): var\(--screen-\1\);/g)].map(
      ([, name]) => name,
    );
    const drawn = ['page', 'raised', 'line', 'line-strong', 'text', 'soft', 'muted', 'amber'];
    expect(kept).toEqual(drawn);
    for (const curve of ['green', 'cyan', 'yellow', 'red', 'violet', 'salmon', 'white']) expect(paper.has(curve)).toBe(false);
  });
});
