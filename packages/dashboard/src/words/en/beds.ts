/** The central station: tiles, the strip above them, what a bed is. */
export const beds = {
  daysHours: '{{days}} d {{hours}} h',
} as const;
