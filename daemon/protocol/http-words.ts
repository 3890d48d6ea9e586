// What stands in a request that a person describes: checked where it is read, and where it arrives. Node throws for others when it
// sends them.

/** The name of a header. */
export const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;

/** Its value: no line breaks, no control characters. */
export const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** What is asked for: no spaces, no control characters, no letters beyond ASCII. */
export const REQUEST_PATH = /^\/[\x21-\x7e]*$/;
