"""E-mail through somebody's SMTP server: TLS, short timeouts, one message a person."""

import hashlib
import smtplib
import socket
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate

from server.alerts.channels.message import Answer, Limits, Message, shown

TIMEOUT_S = 6.0


class Mail:
    """`tls`: `tls` from the first byte (465), `starttls` (587), or `none`, which only development may use."""

    kind = "email"
    group = False

    def __init__(
        self, name: str, host: str, port: int, tls: str, user: str, password: str, sender: str, per_minute: int
    ) -> None:
        self.name = name
        self.limits = Limits(64 * 1024, per_minute, per_minute, per_minute // 2)
        self._host = host
        self._port = port
        self._tls = tls
        self._user = user
        self._password = password
        self._sender = sender

    def send(self, message: Message) -> Answer:
        """Confirmed when the server has taken it; a mailbox full of it is another matter."""
        try:
            letter = self._letter(message)
            with self._connect() as server:
                if self._user:
                    server.login(self._user, self._password)
                server.send_message(letter)
        except smtplib.SMTPRecipientsRefused as refusal:
            code, words = next(iter(refusal.recipients.values()))
            return Answer(False, self._shown(f"收件人被拒绝 {code} {_text(words)}", message), again=code < 500)
        except smtplib.SMTPResponseException as refusal:
            said = self._shown(f"{refusal.smtp_code} {_text(refusal.smtp_error)}", message)
            return Answer(False, said, again=refusal.smtp_code < 500)
        except ssl.SSLError:
            return Answer(False, "邮件服务器的证书不可信，或不支持 TLS")
        except TimeoutError:
            return Answer(False, "邮件服务器一直不回答")
        except socket.gaierror:
            return Answer(False, "找不到邮件服务器的地址（DNS）")
        except (smtplib.SMTPException, OSError, ValueError, IndexError) as cause:
            return Answer(False, f"邮件没有发出去（{type(cause).__name__}）")
        return Answer(True, "邮件服务器已收下")

    def close(self) -> None:
        """Nothing is held."""

    def _connect(self) -> smtplib.SMTP:
        if self._tls == "tls":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(self._host, self._port, timeout=TIMEOUT_S, context=context)
        server = smtplib.SMTP(self._host, self._port, timeout=TIMEOUT_S)
        if self._tls == "starttls":
            try:
                server.starttls(context=ssl.create_default_context())
            except BaseException:
                server.close()
                raise
        return server

    def _letter(self, message: Message) -> EmailMessage:
        letter = EmailMessage()
        letter["Subject"] = " ".join(message.subject.split())
        letter["From"] = Address("畅小站", addr_spec=self._sender)
        letter["To"] = Address(addr_spec=message.address)
        letter["Date"] = formatdate(usegmt=True)
        # The same when it is sent twice: mail programs then show it once.
        mark = hashlib.sha256(f"{message.mark} {message.address}".encode()).hexdigest()[:20]
        letter["Message-ID"] = f"<{mark}@{self._sender.rpartition('@')[2]}>"
        if message.urgent:
            letter["Importance"] = "high"
            letter["X-Priority"] = "1"
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(message.text)
        return letter

    def _shown(self, words: str, message: Message) -> str:
        return shown(words, (self._password, self._user, message.address))


def _text(words: bytes | str) -> str:
    return words.decode(errors="replace") if isinstance(words, bytes) else words
