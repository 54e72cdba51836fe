import { ConfigChanged } from '@vigil/contracts';
import { outdatedBy } from './outdated-by.js';

test('each part of the configuration is known, and asks anew for what is made of it', () => {
  const keys = ConfigChanged.shape.what.options.map((what) => [what, outdatedBy({ what }).map(([first]) => first)]);
  expect(keys).toEqual([
    ['display', []],
    ['rules', ['limits', 'stays']],
    ['policy', ['policies', 'on-call']],
    ['on-call', ['on-call', 'reachability']],
    ['places', ['care-units', 'stations', 'beds', 'stays']],
  ]);
});
