import type { ConfigChanged } from '@vigil/contracts';

/**
 * What was asked for and is perhaps not true any more, by what has changed: the beginnings of the keys under which it was asked.
 * How things are shown (`display`) is fetched by whoever hears of it, and what a person has typed is nobody's to ask anew.
 */
const OUTDATED: Readonly<Record<ConfigChanged['what'], readonly (readonly string[])[]>> = {
  display: [],
  rules: [['limits'], ['stays', 'profile']],
  policy: [['policies'], ['on-call']],
  'on-call': [['on-call'], ['reachability']],
  places: [['care-units'], ['stations'], ['beds'], ['stays']],
};

export const outdatedBy = ({ what }: ConfigChanged): readonly (readonly string[])[] => OUTDATED[what];
