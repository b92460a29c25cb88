/** The example leaves it to its reader. */
declare function eventsUrl(date: string): string
