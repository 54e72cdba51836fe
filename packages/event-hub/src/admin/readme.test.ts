import { readFileSync } from 'node:fs';
import { LinkRegistry } from '../broker/link-registry.js';
import { registerFigures } from '../figures.js';
import { createMetrics } from './metrics.js';

test('the README names every metric and no other', () => {
  const metrics = createMetrics();
  registerFigures(metrics, { hubs: () => [], links: new LinkRegistry(), credit: () => 0 });
  const real = metrics.registry.getMetricsAsArray().map(({ name }) => name.replace(/^vigil_hub_/, ''));
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const table = readme.slice(readme.indexOf('| metric `vigil_hub_'), readme.indexOf('## HTTP'));
  const told = table
    .split('\n')
    .slice(2)
    .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([a-z_]+)`/g)].map((match) => match[1]!));
  expect([...told].sort()).toEqual([...real].sort());
});
