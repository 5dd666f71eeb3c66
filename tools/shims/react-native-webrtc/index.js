/** Nothing: only React Native imports it. */
export const registerGlobals = undefined;
