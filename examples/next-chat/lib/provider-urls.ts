/** Where the providers' APIs are; `valetkey dev` prints where they are emulated. */
const { GOOGLE_API_URL, SLACK_API_URL, GITHUB_API_URL } = process.env

/** The user's primary calendar. */
export const eventsUrl = `${GOOGLE_API_URL ?? 'https://www.googleapis.com'}/calendar/v3/calendars/primary/events`

/** Methods of Slack's Web API. */
export const slackUrl = `${SLACK_API_URL ?? 'https://slack.com'}/api`

/** The user's repositories. */
export const repositoriesUrl = `${GITHUB_API_URL ?? 'https://api.github.com'}/user/repos`
