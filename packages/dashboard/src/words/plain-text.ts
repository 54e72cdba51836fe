/** Characters that change the direction of what follows (Unicode 17, UAX #9 2), and other control characters. */
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** Text from outside as one line that can't rearrange what stands beside it. */
export const plainText = (text: string): string => text.replace(CONTROLS, ' ').trim();
