// The version of this build; the bundler puts the package's version in.
declare const ZDM_VERSION: string | undefined;

export const VERSION: string = typeof ZDM_VERSION === 'string' ? ZDM_VERSION : '0.0.0-source';
