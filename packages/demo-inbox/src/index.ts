export { startDemoInbox, type DemoInbox, type DemoInboxOptions } from './inbox.js';
export { MAIL_BYTES_MAX } from './smtp.js';
export { MAILS_MAX, type Mail } from './mail-store.js';
