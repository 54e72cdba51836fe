import { z } from 'zod';

/* The page is served without 'unsafe-eval'; asking zod not to try keeps the console free of policy reports. This runs
   before any schema is built, which is why it is a module of its own and imported first. */
z.config({ jitless: true });
