/** What can be done about a stay, in the order of the shift. */
export const STAY_ACTIONS = ['device', 'transfer', 'standby', 'discharge', 'correct', 'profile'] as const;
export type StayAction = (typeof STAY_ACTIONS)[number];

export const stayAction = (said: unknown): StayAction | null => STAY_ACTIONS.find((each) => each === said) ?? null;
