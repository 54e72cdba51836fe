import { readdirSync } from 'node:fs';
import { parse } from 'yaml';
import { anchorsOf, readHere } from '../../support/anchors.js';
import { productMetrics, unknownIn } from '../../support/product-metrics.js';

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly description: string;
  readonly datasource: { readonly type: string; readonly uid: string };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly {
    readonly refId: string;
    /** PromQL, or Flux in `query`. */
    readonly expr?: string;
    /** Labels in double braces. */
    readonly legendFormat?: string;
    readonly query?: string;
    readonly datasource: { readonly uid: string };
  }[];
}

interface Board {
  readonly uid: string;
  readonly title: string;
  readonly editable: boolean;
  readonly panels: readonly Panel[];
}

const files = readdirSync(new URL('../../../deploy/grafana/dashboards/', import.meta.url));
const boards = files.map((file): [string, Board] => [file, JSON.parse(readHere(`deploy/grafana/dashboards/${file}`)) as Board]);
const known = productMetrics();

test('there is one for the platform, the way of an alarm, gateways, and history', () => {
  expect(files.sort()).toEqual([
    'vigil-alarm-path.json',
    'vigil-gateways.json',
    'vigil-history-influx.json',
    'vigil-history.json',
    'vigil-platform.json',
  ]);
});

test.each(boards)('%s asks for metrics and labels that Vigil exports', (file, { uid, panels }) => {
  expect(`${uid}.json`).toBe(file);
  const asked = panels.flatMap(({ title, targets }) =>
    targets.flatMap(({ expr = '', legendFormat = '' }) => {
      // A series is named by labels that it has.
      const named = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]!);
      return unknownIn(`${expr} by (${named.join(', ')})`, known).map((what) => `${title}: ${what}`);
    }),
  );
  expect(asked).toEqual([]);
});

test.each(boards)('%s: panels have a place of their own, and a source that is provisioned', (_, { panels }) => {
  const sources = ['provisioning/datasources/vigil.yaml', 'influx/datasources/influx.yaml'].flatMap((file) => {
    const { datasources } = parse(readHere(`deploy/grafana/${file}`)) as { datasources: { uid: string }[] };
    return datasources;
  });
  const uids = new Set(sources.map(({ uid }) => uid));
  for (const { title, datasource, targets } of panels) {
    expect([title, uids.has(datasource.uid), targets.every((each) => uids.has(each.datasource.uid))]).toEqual([
      title,
      true,
      true,
    ]);
  }
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  expect(new Set(panels.map(({ gridPos: { x, y } }) => `${x}/${y}`)).size).toBe(panels.length);
});

test('what a panel names of the runbook is there', () => {
  const anchors = anchorsOf(readHere('docs/runbook.md'));
  const named = boards.flatMap(([, { panels }]) =>
    panels.flatMap(({ description }) =>
      [...(/Runbook: ([a-z-]+(?:, [a-z-]+)*)\./.exec(description)?.[1] ?? '').split(', ')].filter((name) => name !== ''),
    ),
  );
  expect(named.length).toBeGreaterThan(15);
  expect(named.filter((name) => !anchors.has(name))).toEqual([]);
});

test('nothing names a patient or a bed: labels of metrics have none', () => {
  const forbidden = /^(patient|bed|encounter|staff|person|name|mrn|user)/i;
  const labels = [...known].flatMap(([name, { labels: own }]) =>
    [...own].filter((label) => forbidden.test(label)).map((label) => `${name}{${label}}`),
  );
  expect(labels).toEqual([]);
});

test('the sources of Grafana with InfluxDB are those without it, and one more', () => {
  expect(readHere('deploy/grafana/influx/datasources/vigil.yaml')).toBe(
    readHere('deploy/grafana/provisioning/datasources/vigil.yaml'),
  );
});

test('what is asked of InfluxDB is what Vigil writes there, and nothing that says how a patient is', () => {
  const lines = readHere('src/adapters/influx/lines.ts');
  const levels = readHere('src/adapters/influx/levels.ts');
  const [, board] = boards.find(([file]) => file === 'vigil-history-influx.json')!;
  const queries = board.panels.flatMap(({ targets }) => targets.map(({ query }) => query!));
  expect(queries).toHaveLength(6);
  for (const query of queries) {
    expect(query).toMatch(/^from\(bucket: "vigil(_1m|_1h|_state)?"\) \|> range\(start: v\.timeRangeStart/);
    // Counts only: no mean, no last, no value by itself.
    expect(query).toMatch(/aggregateWindow\(every: [\w.]+, fn: (count|sum)[,)]/);
    const tags = [...query.matchAll(/r\.([a-z]\w*)|columns: \[([^\]]*)\]/g)].flatMap((match) =>
      (match[1] ?? match[2]!).replaceAll('"', '').split(', '),
    );
    expect(tags.filter((tag) => !lines.includes(`${tag}=$`))).toEqual([]);
    expect(tags).not.toContain('bed');
  }
  expect(levels).toContain('_1m');
  expect(levels).toContain('_1h');
});
