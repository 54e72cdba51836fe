import { config } from 'zod/v4';

/*
 * What `zod` is in this build (vite.config.ts). The page is served without 'unsafe-eval'; asking zod not to try keeps the
 * console free of policy reports. It has to be said before any schema is built, wherever a schema lies among the built files.
 */
config({ jitless: true });

export * from 'zod/v4';
