import { useState } from 'react';

/**
 * What a person had before them when they began to fill in a form. It stays, also when what is on the screen is asked for anew behind
 * the form: its revision is the one that is sent, so that what somebody else has changed meanwhile is refused and not overwritten.
 *
 * @param refusals how often the person was told that it has moved and is to be looked at again: then what there is now is taken
 */
export function useSeen<T>(now: T, refusals: number): T {
  const [{ seen, of }, see] = useState({ seen: now, of: refusals });
  if (of !== refusals && now !== seen) see({ seen: now, of: refusals });
  return seen;
}
