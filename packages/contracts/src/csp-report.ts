import { z } from 'zod';

const Directive = z.string().max(100);

/**
 * What a browser says that the content policy stopped, in the form of `report-uri` or that of `report-to`. Only the
 * directive is read; the rest may hold URLs and text and is left out.
 *
 * Source: CSP Level 3, section 5; Reporting API.
 */
export const CspReports = z.union([
  z.object({
    'csp-report': z.object({ 'effective-directive': Directive.optional(), 'violated-directive': Directive.optional() }),
  }),
  z.array(z.object({ type: z.string().max(100), body: z.object({ effectiveDirective: Directive.default('other') }) })).max(50),
]);
export type CspReports = z.infer<typeof CspReports>;
