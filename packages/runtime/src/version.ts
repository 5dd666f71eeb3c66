/** Version of skein: that of its packages. */
export const VERSION = "0.1.0";
