/** What a polling mechanism counts about its polls; the labels are filled in already. */
export interface RefreshMetrics {
  /** One poll took this long, whether it failed or not. */
  observe(seconds: number): void
  /** One poll failed. */
  failed(): void
}
