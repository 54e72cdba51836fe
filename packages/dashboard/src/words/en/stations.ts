export const stations = {} as const;
