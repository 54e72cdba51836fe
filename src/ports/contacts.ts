/** `doubtful`: there is a way, but nothing has shown of late that it works. */
export type Reachability = 'reachable' | 'doubtful' | 'unreachable';
