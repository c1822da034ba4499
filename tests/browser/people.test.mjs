// Stories of people: signing up, working in a team, losing password and phone, leaving.

import { createHmac } from "node:crypto";

import { DEMO_PASSWORD, PASSWORD, assert, mailTo, newAddress, openOrganizer, signIn, signUp, story } from "./lib.mjs";

/** Returns the code of an app now (RFC 6238), for a key in base 32. */
function appCode(key, steps = 0) {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...key].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const bytes = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const hash = createHmac("sha1", bytes).update(counter).digest();
  const at = hash.at(-1) & 15;
  return String((hash.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

story("a newcomer makes an account, loses the password and gets a new one", async (open) => {
  const page = await open();
  const address = await signUp(page, "Ada Lovelace");
  await page.getByText("Your address is confirmed.").waitFor();
  await page.goto("/account");
  assert.equal(await page.getByLabel("Your name").inputValue(), "Ada Lovelace");
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await page.getByText("You are signed out.").waitFor();

  await page.goto("/sign-in");
  await page.getByRole("link", { name: "Forgotten?" }).click();
  await page.getByLabel("Mail address").fill(address);
  await page.getByRole("button", { name: "Send the link" }).click();
  await page.getByRole("heading", { name: "Look into your mail" }).waitFor();
  const link = await mailTo(address, /(http:\/\/\S+\/reset-password\?token=[\w-]+)/);
  await page.goto(link);
  await page.getByLabel("New password").fill("short");
  await page.getByRole("button", { name: "Save the password" }).click();
  await page.getByRole("link", { name: /^Password: must have 15 characters/ }).waitFor();
  await page.getByLabel("New password").fill("Quick-Falcon9");
  await page.getByRole("button", { name: "Save the password" }).click();
  await page.getByText("Your password is changed.").waitFor();
  await page.goto(link);
  await page.getByText("The link was used").waitFor();
  await signIn(await open(), address, "Quick-Falcon9");
});

story("a team is made, and a second person joins it in another browser", async (open) => {
  const meera = await open();
  await signUp(meera, "Meera Iyer");
  const slug = await openOrganizer(meera, `Gardenia ${process.pid}`);
  await meera.goto(`/organizer/team?organizer=${slug}`);
  const guest = newAddress("joost");
  await meera.getByLabel("Mail address").fill(guest);
  await meera.getByLabel("As", { exact: true }).selectOption("manager");
  await meera.getByRole("button", { name: "Invite" }).click();
  await meera.getByText("The invitation is on its way.").waitFor();

  const link = await mailTo(guest, /(http:\/\/\S+\/invitation\?token=[\w-]+)/);
  const joost = await open();
  await joost.goto(link);
  await joost.getByText(`Sign in with this address`).waitFor();
  await joost.getByRole("link", { name: "Make an account" }).click();
  await joost.getByLabel("Your name").fill("Joost van der Weijden");
  await joost.getByLabel("Mail address").fill(guest);
  await joost.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await joost.getByRole("button", { name: "Make account" }).click();
  await joost.getByLabel("Code of six digits").fill(await mailTo(guest, /Subject: (\d{6})/));
  await joost.getByRole("button", { name: "Confirm" }).click();
  // Back at the invitation.
  await joost.getByRole("button", { name: "Accept" }).click();
  await joost.getByText("Welcome to the team.").waitFor();
  await joost.getByRole("link", { name: "Team", exact: true }).click();
  assert.equal(await joost.getByRole("button", { name: "Invite" }).count(), 0, "a manager does not invite");

  await meera.goto(`/organizer/team?organizer=${slug}`);
  await meera.getByRole("link", { name: "Change Joost van der Weijden" }).click();
  await meera.getByRole("radio", { name: /^Viewer/ }).check();
  await meera.getByRole("button", { name: "Save" }).click();
  await meera.getByText("The role is changed.").waitFor();
  // The last owner cannot leave.
  await meera.getByRole("link", { name: "Change Meera Iyer" }).click();
  await meera.getByRole("button", { name: "Leave the team" }).click();
  await meera.getByText("the team would have no owner").waitFor();

  await joost.reload();
  await joost.getByRole("link", { name: "Change Joost van der Weijden" }).click();
  await joost.getByRole("button", { name: "Leave the team" }).click();
  await joost.getByText("You have left the team.").waitFor();
  await joost.getByText("You work for no organizer yet").waitFor();
});

story("a token is made, shown once, copied and revoked", async (open) => {
  const page = await open();
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await signUp(page, "Meera Iyer");
  const slug = await openOrganizer(page, `Tokens ${process.pid}`);
  await page.getByRole("link", { name: "API tokens" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Box office");
  await page.getByRole("button", { name: "Make token" }).click();
  await page.getByRole("link", { name: "It may: must have at least one entry" }).waitFor();
  assert.equal(await page.getByLabel("Name", { exact: true }).inputValue(), "Box office", "what was typed stays");
  await page.getByRole("checkbox", { name: /registrations:read/ }).check();
  await page.getByRole("button", { name: "Make token" }).click();
  const token = await page.getByLabel("Token", { exact: true }).inputValue();
  assert.match(token, /^onsale_[\w-]{43}$/);
  await page.getByRole("button", { name: "Copy", exact: true }).click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), token);
  const asked = await page.request.get("/api/organizers/" + slug, { headers: { authorization: `Bearer ${token}` } });
  assert.equal(asked.status(), 200);
  await page.goto(`/organizer/tokens?organizer=${slug}`);
  assert.ok(!(await page.content()).includes(token), "it is shown once");
  await page.getByRole("button", { name: "Revoke Box office" }).click();
  await page.getByText("The token is not valid any more.").waitFor();
  const refused = await page.request.get("/api/organizers/" + slug, { headers: { authorization: `Bearer ${token}` } });
  assert.equal(refused.status(), 401);
});

story("a second factor is set up, the phone is lost, and a recovery code helps", async (open) => {
  const page = await open();
  const address = await signUp(page, "Grace Hopper");
  await page.goto("/account");
  await page.getByRole("link", { name: "Set up" }).click();
  await page.getByLabel("Present password").fill(PASSWORD);
  await page.getByRole("button", { name: "Next" }).click();
  const picture = page.getByRole("img", { name: "Code for your app" });
  await picture.waitFor();
  assert.ok((await picture.locator("svg").boundingBox()).width > 150, "the code can be scanned");
  const key = await page.locator("main code").textContent();
  await page.getByLabel("Code that the app shows").fill("000000");
  await page.getByRole("button", { name: "Turn on" }).click();
  await page.getByRole("link", { name: /is not the present code/ }).waitFor();
  await page.getByLabel("Code that the app shows").fill(appCode(key));
  await page.getByRole("button", { name: "Turn on" }).click();
  const codes = await page.locator("main li code").allTextContents();
  assert.equal(codes.length, 10);
  await page.getByRole("link", { name: "I have kept them" }).click();
  await page.getByText("10 recovery codes are left.").waitFor();

  const elsewhere = await open();
  await signIn(elsewhere, address);
  await elsewhere.getByLabel("Code of the app, or recovery code").fill(appCode(key, 1));
  await elsewhere.getByRole("button", { name: "Sign in" }).click();
  await elsewhere.waitForURL("**/my-tickets");
  // The phone is lost.
  const later = await open();
  await signIn(later, address);
  assert.ok(!(await later.content()).includes(PASSWORD), "the password is not in the page");
  await later.getByLabel("Code of the app, or recovery code").fill(codes[0].toUpperCase());
  await later.getByRole("button", { name: "Sign in" }).click();
  await later.waitForURL("**/my-tickets");
  await later.goto("/account");
  await later.getByText("9 recovery codes are left.").waitFor();
  await later.locator("form[action='/account/second-factor/remove']").getByLabel("Present password").fill(PASSWORD);
  await later.getByRole("button", { name: "Turn off" }).click();
  await later.getByText("The second factor is off.").waitFor();
});

story("sessions are seen and ended, the address and the password change", async (open) => {
  const [here, there] = [await open(), await open()];
  const address = await signUp(here, "Ada Lovelace");
  await signIn(there, address);
  await there.waitForURL("**/my-tickets");
  await here.goto("/account");
  await here.getByRole("button", { name: /^Sign out .*Chrome/ }).click();
  await here.getByText("Signed out there.").waitFor();
  await there.goto("/account");
  await there.waitForURL("**/sign-in?next=%2Faccount");

  const changed = newAddress("lovelace");
  const form = here.locator("form[action='/account/address']");
  await form.getByLabel("New mail address").fill(changed);
  await form.getByLabel("Present password").fill(PASSWORD);
  await here.getByRole("button", { name: "Send a code to the new address" }).click();
  await here.getByLabel("Code of six digits").fill(await mailTo(changed, /Subject: (\d{6})/));
  await here.getByRole("button", { name: "Confirm" }).click();
  await here.getByText(`You sign in with ${changed}.`).waitFor();
  await mailTo(address, /(Your address was changed)/);
  await mailTo(changed, /(Your address was changed)/);

  const secret = here.locator("form[action='/account/password']");
  await secret.getByLabel("Present password").fill("wrong");
  await secret.getByLabel("New password").fill("Quick-Falcon9");
  await here.getByRole("button", { name: "Change the password" }).click();
  await here.getByRole("link", { name: "Present password: is not your password" }).waitFor();
  await secret.getByLabel("Present password").fill(PASSWORD);
  await secret.getByLabel("New password").fill("Quick-Falcon9");
  await here.getByRole("button", { name: "Change the password" }).click();
  await here.getByText("Your password is changed.").waitFor();
});

story("an account is exported and erased", async (open) => {
  const page = await open();
  const address = await signUp(page, "Ada Lovelace");
  await page.goto("/account");
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download my data" }).click()]);
  assert.equal(download.suggestedFilename(), "onsale-account.json");
  await page.getByRole("link", { name: "Erase the account" }).click();
  await page.getByLabel("Present password").fill(PASSWORD);
  await page.getByRole("button", { name: "Erase my account" }).click();
  await page.getByText("Your account is erased.").waitFor();
  await signIn(page, address);
  await page.getByText("Address and password do not fit together.").waitFor();
});

story("everything works without JavaScript", async (open) => {
  const page = await open({ javaScriptEnabled: false });
  const address = await signUp(page, "Ada Lovelace");
  await openOrganizer(page, `Without ${process.pid}`);
  await page.goto("/organizer/tokens");
  await page.getByLabel("Name", { exact: true }).fill("Box office");
  await page.getByRole("checkbox", { name: /registrations:read/ }).check();
  await page.getByRole("button", { name: "Make token" }).click();
  assert.match(await page.getByLabel("Token", { exact: true }).inputValue(), /^onsale_/);
  await page.goto("/account");
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await signIn(page, address);
  await page.waitForURL("**/my-tickets");
  // The language and the colours.
  await page.goto("/");
  await page.getByRole("link", { name: "Language and colours" }).click();
  await page.getByLabel("Language").selectOption("ar");
  await page.getByLabel("Colours").selectOption("dark");
  await page.getByRole("button", { name: "Apply" }).click();
  await page.locator("html[lang=ar][dir=rtl][data-theme=dark]").waitFor();
});

story("links come by mail without an account", async (open) => {
  const page = await open();
  const address = newAddress("ada");
  const body = { event: "gardenia-2025", attendees: [{ name: "Ada", email: address }] };
  const key = `key-of-${process.pid}-${address}`;
  const registered = await page.request.post("/api/register", { data: body, headers: { "idempotency-key": key } });
  assert.equal(registered.status(), 201);
  await page.goto("/my-tickets");
  await page.getByLabel("Mail address").fill(address);
  await page.getByRole("button", { name: "Send the links" }).click();
  await page.getByText("a message with their links is on its way").waitFor();
});

story("the people of the demo can sign in", async (open) => {
  const page = await open();
  await signIn(page, "meera@example.com", DEMO_PASSWORD);
  await page.waitForURL("**/my-tickets");
  await page.getByRole("link", { name: "Organizer" }).click();
  await page.getByText("Gardenia 2025").waitFor();
});
