import { useEffect } from 'react';
import { outdatedBy } from '../model/outdated-by.js';
import { outdated } from '../parts/asked.js';
import { useStation } from '../parts/hooks.js';

/** What is on the screen and is made of a configuration that has changed is asked for anew: a new policy, another schedule, a bed more. */
export function useChanges(): void {
  const { feeds } = useStation();
  useEffect(
    () =>
      feeds.changed.subscribe(() => {
        const changed = feeds.changed.get();
        for (const key of changed ? outdatedBy(changed) : []) outdated(key);
      }),
    [feeds],
  );
}
