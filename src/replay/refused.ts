/** What was asked for cannot be done with this log; the message says what to do instead, and names nobody. */
export class ReplayRefused extends Error {}
