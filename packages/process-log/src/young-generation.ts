import { setFlagsFromString } from 'node:v8';

/**
 * Keeps V8's young generation as it is now; for a process of its own, before there is load.
 *
 * V8 doubles it whenever as much as it holds has outlived collections since the last time, however slowly that adds up, to
 * 64 MiB, and the buffers that become garbage meanwhile grow with it: memory rises for hours under a light load and never
 * comes back. Neither the hub nor the gateway is faster for it. `--max-semi-space-size` does the same from outside, but only for who knows of it;
 * V8 reads it once, while it reads this factor each time.
 */
export function keepYoungGenerationSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
