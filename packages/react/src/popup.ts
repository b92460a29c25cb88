/** A window that the user goes through a flow in. */
export interface Popup {
  /** False also while it shows a page of a provider that has cut the tie between the windows. */
  readonly isOpen: () => boolean
  /** As far as the browser lets us: not while it shows a page of somebody else. */
  readonly close: () => void
}

const width = 520
const height = 720

/** Opens a link of the app in a small window; `undefined` where the browser does not allow that. */
export function openPopup(link: string, name: string): Popup | undefined {
  const left = Math.max(0, window.screenX + (window.outerWidth - width) / 2)
  const top = Math.max(0, window.screenY + (window.outerHeight - height) / 3)
  const features = `popup,width=${width},height=${height},left=${left},top=${top}`
  const opened = window.open('about:blank', name, features)
  if (opened === null || opened.closed) return undefined
  // Before it loads anything: a page of somebody else's could send this one elsewhere.
  opened.opener = null
  opened.location.replace(new URL(link, location.href).href)
  return {
    isOpen: () => !opened.closed,
    close: () => opened.close(),
  }
}
