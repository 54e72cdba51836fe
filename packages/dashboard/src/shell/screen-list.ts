import type { LinkProps } from '@tanstack/react-router';
import type { Role } from '@vigil/contracts';
import { type Screen, screensOf } from '../model/screens-of.js';
import { t, type WordKey } from '../words/words.js';

/**
 * The tabs of the shell beside Beds and Alarms, in their order. `to` is also where everything below it belongs; `title` names the
 * words.
 */
export const SCREENS: readonly { readonly screen: Screen; readonly to: NonNullable<LinkProps['to']>; readonly title: WordKey }[] =
  [
    { screen: 'patients', to: '/patients', title: 'shell:tab.patients' },
    { screen: 'tray', to: '/tray', title: 'shell:tab.tray' },
    { screen: 'tasks', to: '/tasks', title: 'shell:tab.tasks' },
    { screen: 'privacy', to: '/privacy', title: 'shell:tab.privacy' },
    { screen: 'reviews', to: '/reviews', title: 'shell:tab.reviews' },
    { screen: 'accounts', to: '/accounts', title: 'shell:tab.accounts' },
    { screen: 'stations', to: '/stations', title: 'shell:tab.stations' },
    { screen: 'devices', to: '/devices', title: 'shell:tab.devices' },
    { screen: 'on-call', to: '/on-call', title: 'shell:tab.on-call' },
    { screen: 'load', to: '/alarm-load', title: 'shell:tab.load' },
    { screen: 'way', to: '/system', title: 'shell:tab.way' },
  ];

/** Where a person goes who works in no care unit now; null where there is nothing for them. */
export function firstScreen(roles: readonly Role[]): NonNullable<LinkProps['to']> | null {
  const mine = screensOf(roles);
  const first = FIRST.find((screen) => mine.has(screen));
  return SCREENS.find(({ screen }) => screen === first)?.to ?? null;
}

/** The work of each: a biomedical engineer comes for the devices, and makes no stations. */
const FIRST: readonly Screen[] = ['privacy', 'accounts', 'devices', 'stations'];

/** What a tab and the head of its screen say. */
export const titleOf = (screen: Screen): string | null => {
  const title = SCREENS.find((each) => each.screen === screen)?.title;
  return title === undefined ? null : t(title);
};
