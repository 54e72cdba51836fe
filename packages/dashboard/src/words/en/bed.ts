export const bed = {} as const;
