import { readFileSync, writeFileSync } from 'node:fs';
import { gateway } from './test-support/gateway-fixture.js';

const FILE = new URL('../metrics.md', import.meta.url);
const HEAD = `# Metrics of the gateway

\`GET http://127.0.0.1:3001/metrics\`, in the text form of Prometheus. No label ever holds a bed, a patient or a reading; \`device\` is the site's own
device id. Made from the code by \`ACCEPT_METRICS=1 npm run unit -- --testPathPatterns edge-gateway/src/metrics\`; a test compares.

| metric | kind | labels | |
|---|---|---|---|
`;

test('metrics.md says every metric of a running gateway, its labels and what it means, and no other', async () => {
  const at = await gateway();
  const rows = at.metrics.registry.getMetricsAsArray().map((metric) => {
    const { name, help, type, labelNames = [] } = metric as typeof metric & { type: string; labelNames?: string[] };
    return `| \`${name}\` | ${type} | ${labelNames.map((label) => `\`${label}\``).join(', ')} | ${help} |\n`;
  });
  await at.stop(400);
  const real = HEAD + rows.sort().join('');
  if (process.env['ACCEPT_METRICS'] === '1') writeFileSync(FILE, real);
  expect(readFileSync(FILE, 'utf8')).toBe(real);
});
