/** How security officers hear of break-glass at once, wherever they are. */
export abstract class PrivacyMail {
  /** False where the site names no addressee or has no mail server: the review queue is then the only notice. */
  abstract readonly isConfigured: boolean;
  /** The server has taken the mail. @throws PlatformError('pager-unavailable') */
  abstract send(mail: { readonly id: string; readonly subject: string; readonly text: string }): Promise<void>;
}
