/** What says whether the picture can be trusted. */
export const safety = {
  frozen: 'FROZEN – look at the bedside',
} as const;
