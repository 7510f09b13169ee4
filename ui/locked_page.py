"""A page of Qt WebEngine that can compute and be looked at, and reach nothing.

Imported when the first page is shown, after `page_lock.prepare`: to import it loads Chromium. What a page
asks for beyond itself is refused in more than one place, as each has been got round somewhere: by the flags
of `ui.page_lock`, the policy that comes with the page, the settings, the interceptor, and here.
"""

import atexit
import hashlib
import time
from collections import deque
from weakref import WeakSet

import shiboken6
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, QUrl, Signal
from PySide6.QtWebEngineCore import (
    QWebEngineDownloadRequest,
    QWebEngineFileSystemAccessRequest,
    QWebEngineFullScreenRequest,
    QWebEngineNavigationRequest,
    QWebEngineNewWindowRequest,
    QWebEnginePage,
    QWebEnginePermission,
    QWebEngineProfile,
    QWebEngineRegisterProtocolHandlerRequest,
    QWebEngineScript,
    QWebEngineSettings,
    QWebEngineUrlRequestInfo,
    QWebEngineUrlRequestInterceptor,
    QWebEngineUrlRequestJob,
    QWebEngineUrlScheme,
    QWebEngineUrlSchemeHandler,
)

from ui.page_view import Level

SCHEME = b"twofold-page"
WITHIN = frozenset({SCHEME.decode(), "data", "blob", "about"})  # nothing of these leaves the page

# Scripts and styles stand in the page itself, as it is one file. `sandbox` without allow-downloads and
# allow-top-navigation; allow-same-origin is what localStorage needs.
POLICY = (
    "default-src data: blob: 'unsafe-inline' 'unsafe-eval'; frame-src data: blob: about:; object-src 'none'; "
    "base-uri 'none'; form-action 'none'; "
    "sandbox allow-scripts allow-same-origin allow-forms allow-modals allow-popups allow-pointer-lock"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-DNS-Prefetch-Control": "off",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}

OFTEN, OFTEN_WITHIN = 20, 5.0  # so many loads in so many seconds are a loop, which costs the window time too
RESTLESS = "The page loads itself again without end and was stopped"

# What Chromium says of this policy, in every page: that a page which is its own parent could take its sandbox
# away. It is not its own parent.
OF_OUR_OWN = "An iframe which has both allow-scripts and allow-same-origin"

# What no page needs that reaches nothing, and what has leaked where the rest held. The settings keep scripts
# from the clipboard, but not this old way, which works during a click.
TAKEN = """
for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection", "RTCDataChannel", "WebTransport"])
    delete window[name];
const command = Document.prototype.execCommand;
Document.prototype.execCommand = function execCommand(name, ...rest) {
    return /copy|cut|paste/i.test(name) ? false : command.call(this, name, ...rest);
};
"""

# Narrow bars, unless the page has a wish of its own: one for a phone has little room beside them.
BARS = """
const sheet = new CSSStyleSheet();
sheet.replaceSync(":where(:root) { scrollbar-width: thin }");
document.adoptedStyleSheets.push(sheet);
"""

_A = QWebEngineSettings.WebAttribute
SETTINGS = {
    _A.LocalStorageEnabled: True,
    _A.PlaybackRequiresUserGesture: True,
    _A.WebRTCPublicInterfacesOnly: True,
    _A.AllowGeolocationOnInsecureOrigins: False,
    _A.AllowRunningInsecureContent: False,
    _A.AllowWindowActivationFromJavaScript: False,
    _A.AutoLoadIconsForPage: False,
    _A.BackForwardCacheEnabled: False,
    _A.DnsPrefetchEnabled: False,
    _A.ErrorPageEnabled: False,
    _A.FocusOnNavigationEnabled: False,  # the code keeps the keyboard while the page follows it
    _A.FullScreenSupportEnabled: False,
    _A.HyperlinkAuditingEnabled: False,
    _A.JavascriptCanAccessClipboard: False,
    _A.JavascriptCanOpenWindows: False,
    _A.JavascriptCanPaste: False,
    _A.LocalContentCanAccessFileUrls: False,
    _A.LocalContentCanAccessRemoteUrls: False,
    _A.NavigateOnDropEnabled: False,
    _A.PdfViewerEnabled: False,
    _A.PluginsEnabled: False,
    _A.ScreenCaptureEnabled: False,
    _A.TouchIconsEnabled: False,
    _A.WebGLEnabled: False,  # as there is no GPU for it
}


_LEVELS = {
    QWebEnginePage.JavaScriptConsoleMessageLevel.InfoMessageLevel: Level.INFO,
    QWebEnginePage.JavaScriptConsoleMessageLevel.WarningMessageLevel: Level.WARNING,
    QWebEnginePage.JavaScriptConsoleMessageLevel.ErrorMessageLevel: Level.ERROR,
}


def address(name: str) -> QUrl:
    """Where the page of this name lives; each has storage of its own."""
    host = hashlib.sha256(name.encode()).hexdigest()[:16]
    return QUrl(f"{SCHEME.decode()}://{host}/")


def _register() -> None:
    """Make the scheme known. Late is early enough, as long as no profile was made (Qt takes no more then)."""
    if QWebEngineUrlScheme.schemeByName(QByteArray(SCHEME)).name().isEmpty():
        scheme = QWebEngineUrlScheme(QByteArray(SCHEME))
        scheme.setSyntax(QWebEngineUrlScheme.Syntax.Host)
        # Secure, as crypto.randomUUID and its like are there for secure pages only.
        scheme.setFlags(QWebEngineUrlScheme.Flag.SecureScheme)
        QWebEngineUrlScheme.registerScheme(scheme)


_register()


class _Interceptor(QWebEngineUrlRequestInterceptor):
    def interceptRequest(self, info: QWebEngineUrlRequestInfo) -> None:
        if info.requestUrl().scheme() not in WITHIN:
            info.block(True)


class _Handler(QWebEngineUrlSchemeHandler):
    """Serves one page from memory, and nothing else."""

    restless = Signal()  # it asks for itself without end, and gets no more

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.begin(b"", QUrl())

    def begin(self, html: bytes, at: QUrl) -> None:
        """What is served from now on."""
        self.html, self.at = html, at
        self.served: deque[float] = deque(maxlen=OFTEN)  # when; all but the first are the page's own doing

    def has(self, url: QUrl) -> bool:
        """Whether it is this page; its script may put a query or a fragment behind the address."""
        place = (url.scheme(), url.host(), url.path())
        return place == (self.at.scheme(), self.at.host(), self.at.path())

    def requestStarted(self, job: QWebEngineUrlRequestJob) -> None:
        if not self.has(job.requestUrl()) or job.requestMethod() != b"GET":
            job.fail(QWebEngineUrlRequestJob.Error.UrlNotFound)
            return
        now = time.monotonic()
        if len(self.served) == OFTEN and now - self.served[0] < OFTEN_WITHIN:
            job.fail(QWebEngineUrlRequestJob.Error.RequestDenied)
            self.restless.emit()
            return
        self.served.append(now)
        body = QBuffer(job)  # lives as long as the job
        body.setData(QByteArray(self.html))
        body.open(QIODevice.OpenModeFlag.ReadOnly)
        # Lists, as Qt takes a multi map; given one value, PySide makes a header of each of its bytes.
        headers = {QByteArray(name.encode()): [QByteArray(text.encode())] for name, text in HEADERS.items()}
        job.setAdditionalResponseHeaders(headers)  # type: ignore[arg-type]
        job.reply(QByteArray(b"text/html; charset=utf-8"), body)


class LockedPage(QWebEnginePage):
    """One page, off the record, in a process of its own."""

    said = Signal(object, str, int)  # Level, what the console was told, line
    link_clicked = Signal(str)  # an address outside, which was not opened

    def __init__(self, parent: QObject) -> None:
        # A profile has a process of its own, so that to end one page ends no other.
        profile = QWebEngineProfile()
        super().__init__(profile, parent)
        self._profile = profile
        profile.setParent(parent)  # only now: a parent deletes first what came to it first
        profile.setHttpCacheType(QWebEngineProfile.HttpCacheType.NoCache)
        profile.setPersistentPermissionsPolicy(QWebEngineProfile.PersistentPermissionsPolicy.AskEveryTime)
        profile.downloadRequested.connect(QWebEngineDownloadRequest.cancel)
        self._interceptor = _Interceptor(profile)
        profile.setUrlRequestInterceptor(self._interceptor)
        self._handler = _Handler(profile)
        profile.installUrlSchemeHandler(QByteArray(SCHEME), self._handler)
        for attribute in _A:
            if attribute in SETTINGS:
                self.settings().setAttribute(attribute, SETTINGS[attribute])
        self.settings().setUnknownUrlSchemePolicy(
            QWebEngineSettings.UnknownUrlSchemePolicy.DisallowUnknownUrlSchemes
        )
        _pages.add(self)
        self._inject("taken", f"{{ {TAKEN} }}", QWebEngineScript.InjectionPoint.DocumentCreation)
        ours = QWebEngineScript.ScriptWorldId.ApplicationWorld
        self._inject("bars", f"{{ {BARS} }}", QWebEngineScript.InjectionPoint.DocumentCreation, ours, False)
        self._refuse()
        self._handler.restless.connect(lambda: self.said.emit(Level.ERROR, RESTLESS, 0))

    @property
    def was_served(self) -> bool:
        """Whether the page that was asked for last has been handed to the browser."""
        return bool(self._handler.served)

    def serve(self, html: str, at: QUrl, scrolled: tuple[float, float] = (0, 0)) -> None:
        """Load this page, and scroll it before it is first painted."""
        self._handler.begin(html.encode("utf-8", "replace"), at)
        for script in self._profile.scripts().find("scroll"):
            self._profile.scripts().remove(script)
        if any(scrolled):
            words = f'window.scrollTo({{left: {scrolled[0]}, top: {scrolled[1]}, behavior: "instant"}})'
            ready = QWebEngineScript.InjectionPoint.DocumentReady
            self._inject("scroll", words, ready, QWebEngineScript.ScriptWorldId.ApplicationWorld, False)
        self.load(at)

    def _inject(
        self,
        name: str,
        words: str,
        when: QWebEngineScript.InjectionPoint,
        world: QWebEngineScript.ScriptWorldId = QWebEngineScript.ScriptWorldId.MainWorld,
        frames: bool = True,
    ) -> None:
        script = QWebEngineScript()
        script.setName(name)
        script.setSourceCode(words)
        script.setInjectionPoint(when)
        script.setWorldId(world.value)
        script.setRunsOnSubFrames(frames)
        # Not the page's own collection: a navigation that is refused empties that (seen with Qt 6.11).
        self._profile.scripts().insert(script)

    def _refuse(self) -> None:
        """What a page may ask of the system: all of it is answered with no."""
        self.navigationRequested.connect(self._navigate)
        self.newWindowRequested.connect(self._open)
        self.permissionRequested.connect(QWebEnginePermission.deny)
        self.fullScreenRequested.connect(QWebEngineFullScreenRequest.reject)
        self.fileSystemAccessRequested.connect(QWebEngineFileSystemAccessRequest.reject)
        self.registerProtocolHandlerRequested.connect(QWebEngineRegisterProtocolHandlerRequest.reject)

    def _navigate(self, request: QWebEngineNavigationRequest) -> None:
        url = request.url()
        if request.isMainFrame():
            if self._handler.has(url):
                request.accept()
                return
            request.reject()
            self._note(url)
            if request.navigationType() == QWebEngineNavigationRequest.NavigationType.LinkClickedNavigation:
                self.link_clicked.emit(url.toString())
        elif url.scheme() in WITHIN:
            request.accept()
        else:
            request.reject()
            self._note(url)

    def _note(self, url: QUrl) -> None:
        self.said.emit(Level.WARNING, f"The page asked for {url.toString()} and was kept where it is", 0)

    def _open(self, request: QWebEngineNewWindowRequest) -> None:
        if request.isUserInitiated() and request.requestedUrl().scheme() not in WITHIN:
            self.link_clicked.emit(request.requestedUrl().toString())

    # What Qt would show a dialog for

    def javaScriptConsoleMessage(
        self,
        level: QWebEnginePage.JavaScriptConsoleMessageLevel,
        message: str,
        line: int,
        source: str,
        /,
    ) -> None:
        if not message.startswith(OF_OUR_OWN):
            self.said.emit(_LEVELS[level], message, line)

    def javaScriptAlert(self, origin: QUrl | str, message: str, /) -> None:
        self.said.emit(Level.DIALOG, message, 0)

    def javaScriptConfirm(self, origin: QUrl | str, message: str, /) -> bool:
        self.said.emit(Level.DIALOG, message, 0)
        return True

    def javaScriptPrompt(self, origin: QUrl | str, message: str, default: str, /) -> tuple[bool, str]:
        self.said.emit(Level.DIALOG, message, 0)
        return True, default

    def chooseFiles(self, mode: object, old: object, accepted: object, /) -> list[str]:
        return []


_pages: WeakSet[LockedPage] = WeakSet()


@atexit.register
def _end() -> None:
    """Whoever leaves without an event loop (a test, a signal) leaves pages behind, which Python then lets go
    of after their profiles, in the middle of Chromium's own end: that is a crash."""
    for page in list(_pages):
        if shiboken6.isValid(page):
            shiboken6.delete(page)
