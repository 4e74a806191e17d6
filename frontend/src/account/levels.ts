/** What somebody is in an organization, by the number that the API uses. */
export const LEVELS: Record<number, string> = { 1: "member", 8: "administrator", 15: "owner" };

export const ADMINISTRATOR = 8;
