"""The open chat: its transcript or the welcome, and the composer. Turns begin here and are shown here."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6 import QtCore, QtGui  # for what is made when a link is opened
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from app import instructions
from app.conversation import Conversation, Node, new_id
from app.core import Core
from models.role import Role
from ui.bridge import Bridge
from ui.composer import Composer
from ui.edits import Edits
from ui.picture_desk import PictureDesk
from ui.readiness import LOADING, Readiness
from ui.running import FIRST, WAITING, Running
from ui.welcome import IS_LOADED, IS_LOADING, WILL_LOAD, Welcome

if TYPE_CHECKING:
    from app.chat import Turn, TurnEvent
    from app.page import PageVersion
    from models.layout import Element
    from models.library import LocalModel
    from ui.message import Shown
    from ui.transcript import Transcript

CORRECTED = "What was read is put right. Ctrl+R answers again by it."
UNANSWERED = "The last message has no answer yet. Ctrl+R answers it."
LOOKING = "Looking for models on this laptop."
OPENED_BY_CLICK = ("http", "https", "mailto")


class ChatPage(QWidget):
    """Shows one conversation at a time; answers of others go on and are shown when they are opened."""

    chats_changed = Signal()  # one was added, or its title or time is another
    scrolled = Signal(bool)  # whether the text is away from its top
    model_clicked = Signal()
    add_requested = Signal()
    opened = Signal(str)  # the id of the chat that is shown now
    drafted = Signal(str, object)  # the id of its chat, a PageVersion
    page_wanted = Signal(str, str)  # the answer's id, a page that stands in it
    version_shown = Signal(str)  # the id of a version of a page
    page_grew = Signal(str)  # a page that is being written, as far as it has come
    page_written = Signal(str, str)  # the answer's id, the last page in it
    engine_changed = Signal(str, bool)  # a state in words, whether it is a fault

    def __init__(self, core: Core, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._core = core
        self._bridge = bridge
        self._running: dict[str, Running] = {}
        self._drafts = {"": core.store.draft("")}  # by conversation; '' is the new chat's
        self._unsaved: dict[str, Conversation] = {}  # whose last answer the disk would not take
        self._edits: dict[str, tuple[str, str]] = {}  # that wait for an answer to stop
        self._unsent = Edits(core.store, bridge, self)
        self._opened = self._left = False
        self._prepare_again = False
        self.pages: Callable[[str], Sequence[PageVersion]] = lambda _chat_id: ()
        self._looked = False  # whether the models on this disk are known
        self.readiness = Readiness(core, self)
        self.conversation = Conversation(new_id())
        self.stack = QStackedWidget(self)
        self.welcome = Welcome(instructions.ASK_PROMPT, self.stack)
        self.composer = Composer(self)
        self.desk = PictureDesk(
            core, bridge, self.composer, self._draft_id, lambda: not self._is_running, self._sees
        )
        self.stack.addWidget(self.welcome)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.stack, 1)
        column.addWidget(self.composer)
        self._connect()

    def _connect(self) -> None:
        self.welcome.prompt_chosen.connect(self._take_prompt)
        self.welcome.add_requested.connect(self.add_requested)
        self.welcome.sketch_requested.connect(self.desk.choose)
        self.composer.submitted.connect(self.send)
        self.composer.stopped.connect(self.stop)
        self.composer.changed.connect(self._keep_draft)
        self.composer.page_requested.connect(self.make_page)
        self.composer.model_clicked.connect(self.model_clicked)
        self.readiness.changed.connect(self.engine_changed)
        self.readiness.changed.connect(self.show_model)
        self._bridge.happened.connect(self._happened)
        self._bridge.refused.connect(self._refused)
        self._bridge.over.connect(self._over)

    # What is shown

    @cached_property
    def transcript(self) -> "Transcript":
        """Made when the first message is shown: a new chat opens without it, and the sooner for it."""
        from ui.thumbnails import thumbnails
        from ui.transcript import Transcript

        made = Transcript()
        self.stack.addWidget(made)
        # The keyboard goes by what is seen, not by what was made first.
        self.setTabOrder(self.welcome.cards[-1], made)
        self.setTabOrder(made, made.latest.button)
        made.regenerate_requested.connect(self.regenerate)
        made.continue_requested.connect(self.go_on)
        made.version_requested.connect(self.show_version)
        made.edited.connect(self.edit)
        made.edit_typed.connect(self._keep_edit)
        made.edit_left.connect(lambda id_: self._unsent.keep(self.conversation.id, id_, ""))
        made.link_activated.connect(_open_link)
        made.page_wanted.connect(self.page_wanted)
        made.correct_wanted.connect(self._correct_read)
        made.version_shown.connect(self.version_shown)
        thumbnails().ready.connect(made.picture_ready)
        made.typed.connect(self._type)
        made.scrolled.connect(lambda at_top: self.scrolled.emit(not at_top))
        return made

    def begin(self) -> None:
        """Fetch, beside the window, what the first message will need."""
        self._bridge.fetch("ui.transcript", "ui.showing", then=self._begun)

    def _begun(self) -> None:
        self.desk.begin()

    @property
    def loaded_path(self) -> str:
        """The file of the model that is loaded; empty where none is."""
        return self.readiness.loaded_path

    @property
    def is_new(self) -> bool:
        """Whether nothing was said here yet."""
        return not len(self.conversation)

    @property
    def is_scrolled(self) -> bool:
        """Whether the text is away from its top."""
        return "transcript" in vars(self) and self.transcript.offset > 0

    @property
    def answering(self) -> set[str]:
        """The ids of the chats in which an answer is being made."""
        return set(self._running)

    def open(self, conversation: Conversation, draft: str = "") -> None:
        """Show this chat, with its draft: `draft` where it was not open before."""
        if self._opened:
            self._keep_draft(self.composer.text())
        self._opened = True
        self.conversation = conversation
        self.composer.set_text(self._drafts.setdefault(self._draft_id(), draft))
        self.composer.set_notice(None)
        self.refresh()
        self.desk.follow()
        self.opened.emit(conversation.id)
        if not self.is_new:
            self._unsent.read(conversation.id, self.refresh)

    @property
    def _is_running(self) -> bool:
        return self.conversation.id in self._running

    def _sees(self) -> bool:
        """Whether the model of the open chat is shown pictures themselves."""
        model = self._core.model_for(self.conversation) if self._looked else None
        return model is not None and model.sees

    def running_conversation(self, chat_id: str) -> Conversation | None:
        """The conversation where an answer is being made or is not on the disk yet, or None."""
        running = self._running.get(chat_id)
        return running.conversation if running else self._unsaved.get(chat_id)

    def retitle(self, chat_id: str, title: str) -> None:
        """The title was changed in the list."""
        for conversation in (self.conversation, self.running_conversation(chat_id)):
            if conversation is not None and conversation.id == chat_id:
                conversation.title = title

    def use_model(self, model: "LocalModel") -> None:
        """This chat is answered by this model from now on."""
        self.conversation.model = self._core.model_key(model)
        if not self.is_new:
            self._bridge.keep(self._core.store.set_model(self.conversation.id, self.conversation.model))
        self.prepare()
        self.desk.follow()  # the pictures beside the draft may be seen now, or read

    def refresh(self) -> None:
        """Show the chat as it is now."""
        running = self._running.get(self.conversation.id)
        path = [self._shown(node) for node in self.conversation.path()]
        self.stack.setCurrentWidget(self.transcript if path else self.welcome)
        if "transcript" in vars(self):
            self.transcript.edits = self._unsent.of(self.conversation.id)
            self.transcript.show_path(path)
        if running is not None and running.node is not None:
            self.transcript.begin(self._shown(running.node))
            self._show_progress(running)
        self.composer.set_answering(running is not None)
        if path and path[-1].node.role is Role.USER and running is None:
            self.composer.set_notice(UNANSWERED)
        self._show_usage()
        self.show_model()

    def show_pages(self, shown: str) -> None:
        """The pages of this chat are others now; `shown`: the version that stands beside."""
        self.transcript.shown_page = shown
        running = self._running.get(self.conversation.id)
        if running is None:
            self.refresh()

    def show_model(self) -> None:
        """The name of the model that answers here, in the composer and in the welcome."""
        if not self._looked:
            self.welcome.set_sentence(LOOKING)
            return
        model = self._core.model_for(self.conversation)
        name = model.name if model else ""
        self.composer.set_model(name)
        if self.readiness.is_loading:
            state = IS_LOADING
        elif model is not None and self.readiness.loaded_path == str(model.path):
            state = IS_LOADED
        else:
            state = WILL_LOAD
        self.welcome.show_model(name, state, is_base=model is not None and model.is_base)

    def prepare(self) -> None:
        """Load the model of this chat ahead of the first message."""
        self._looked = True
        if self._core.model_for(self.conversation) is None:
            self.readiness.say("no model")
        elif self._bridge.is_running(""):  # for another choice, which is given up
            self._prepare_again = True
            self._bridge.stop("")
        elif not self._running:  # or the next message loads it
            self.readiness.say(LOADING)
            self._bridge.run("", self._core.chat.prepare(self.conversation))
        self.show_model()

    def leave(self) -> None:
        """The window closes: keep what is typed, and pass over what is still on its way here."""
        self._keep_draft(self.composer.text())
        self._unsent.write()
        for conversation in self._unsaved.values():  # the disk may have room again
            for node in conversation:
                self._core.store.replace(node)
        self._left = True

    # What the person does

    def send(self, text: str) -> None:
        """A new message; it leaves the composer once it is on the disk."""
        self._keep_draft(text)  # what was typed last may not have been written yet
        self._start(self._core.chat.send(self.conversation, text, self.desk.pictures), text)

    def make_page(self, wish: str) -> None:
        """The sketch beside what is written becomes a page; what is written says what else is wished."""
        if (sketch := self.desk.sketch) is not None:
            self._keep_draft(wish)
            self._start(self._core.chat.make_page(self.conversation, wish, sketch), wish)

    def edit(self, node_id: str, text: str) -> None:
        """Another version of a question; an answer that is being made is stopped first."""
        if not text.strip():
            return
        if self._is_running:
            self._edits[self.conversation.id] = (node_id, text)
            self.stop()
        else:
            self._start(self._core.chat.edit(self.conversation, node_id, text), text, node_id)

    def _correct_read(self, answer_id: str) -> None:
        """What was read in the pictures of a question, to be put right; then it can be answered again."""
        asked = self.conversation.node(self.conversation.node(answer_id).parent or "")
        anchor = self.transcript.overlay.widget(answer_id, "correct")
        if anchor is None or self._is_running:
            return

        def keep(pages: "list[Element]") -> None:
            read = [place for place, picture in enumerate(asked.pictures) if picture.page is not None]
            for place, page in zip(read, pages, strict=True):
                self.conversation.set_page(asked.id, place, page)
                self._bridge.keep(self._core.store.correct(asked.id, place, page))
            self.refresh()
            self.composer.set_notice(CORRECTED)
            self.composer.setFocus()

        self.desk.put_right(list(asked.pictures), anchor, keep)

    def regenerate(self, node_id: str) -> None:
        self._start(self._core.chat.regenerate(self.conversation, node_id))

    def go_on(self, node_id: str) -> None:
        self._start(self._core.chat.go_on(self.conversation, node_id))

    def answer_again(self) -> None:
        """Another version of the last answer, or the first answer to a message that has none."""
        last = self.conversation.last()
        if last is not None and last.role is Role.USER:
            self._start(self._core.chat.answer(self.conversation, last.id))
        else:
            self.transcript.answer_again()

    def stop(self) -> None:
        """End the answer that is being made here; what stands is kept."""
        self._bridge.stop(self.conversation.id)

    def show_version(self, node_id: str) -> None:
        if self._is_running:
            return
        self.conversation.choose(node_id)
        self._bridge.keep(self._core.store.choose(self.conversation.id, self.conversation.node(node_id)))
        self.refresh()

    def _take_prompt(self, text: str) -> None:
        self.composer.set_text(text)
        self.composer.setFocus()

    def _type(self, letters: str) -> None:
        """Somebody writes while the transcript has the keyboard: they mean the composer."""
        self.composer.setFocus()
        self.composer.editor.insertPlainText(letters)

    def _keep_edit(self, node_id: str, text: str) -> None:
        changed = text != self.conversation.node(node_id).text
        self._unsent.keep(self.conversation.id, node_id, text if changed else "")

    def _start(self, turn: "Turn", text: str = "", edited: str = "") -> None:
        if self._is_running:
            return
        self._running[self.conversation.id] = Running(
            self.conversation, text=text, edited=edited, draft_id=self._draft_id()
        )
        self.composer.set_notice(None)
        self.composer.set_answering(True)
        self.composer.setFocus()
        self._bridge.run(self.conversation.id, turn)

    def _draft_id(self) -> str:
        return "" if self.is_new else self.conversation.id

    def _keep_draft(self, text: str) -> None:
        if self._left or self._drafts.get(self._draft_id()) == text:
            return
        self._drafts[self._draft_id()] = text
        self._bridge.keep(self._core.store.keep_draft(self._draft_id(), text))

    # What happens

    def _happened(self, conversation_id: str, event: "TurnEvent") -> None:
        from app import chat  # loaded long since by whoever sent this

        if self._left:
            return
        self._note_engine(event)
        running = self._running.get(conversation_id)
        if running is None:
            return
        here = conversation_id == self.conversation.id
        match event:
            case chat.Asked(node=node):
                if node.pictures and not running.edited:
                    self.desk.sent(running.draft_id)
                self._unsent.keep(conversation_id, running.edited, "")
                draft_id = running.draft_id
                if self._drafts.get(draft_id, "").strip() in (node.text.strip(), running.text.strip()):
                    self._drafts[draft_id] = ""
                    self._bridge.keep(self._core.store.keep_draft(draft_id, ""))
                if self.composer.text() == node.text:
                    self.composer.clear()
                running.text = ""
                if here:
                    self.refresh()
                self.chats_changed.emit()
            case chat.Began(node=node):
                running.node = node
                if here:
                    self.stack.setCurrentWidget(self.transcript)
                    self.transcript.show_path([self._shown(n) for n in running.conversation.path()])
                    self.transcript.begin(self._shown(node))
                self.chats_changed.emit()
            case chat.Wrote():
                gauge = running.wrote(event)
                if here and running.node is not None:
                    self.transcript.append(running.node.id, event.text)
                    if html := self.transcript.page_at_end():
                        self.page_grew.emit(html)
                    if gauge:
                        self.composer.set_usage(*running.usage)
                    self._show_progress(running)
            case chat.Sees():
                running.sees(event)
                if here:
                    self.composer.set_usage(*running.usage)
            case chat.Ended(node=node, unsaved=unsaved):
                running.node = node
                if here:
                    self.transcript.finish(self._shown(node))
                    if html := self.transcript.last_page():
                        self.page_written.emit(node.id, html)
                    self._show_usage()
                    if unsaved:
                        self.composer.set_notice(unsaved, fault=True)
                if unsaved:
                    self._unsaved[conversation_id] = running.conversation
            case _:
                self._progressed(running, here, event)

    def _progressed(self, running: Running, here: bool, event: "TurnEvent") -> None:
        from app import chat

        match event:
            case chat.Waiting():
                first = self.readiness.is_loading and len(self._running) == 1
                running.say(FIRST if first else WAITING)
            case chat.ReadingPicture(name=name):
                running.say(f"Reading {name}")
            case chat.Step(words=words):
                running.say(words)
            case chat.Drafted(page=page):
                self.drafted.emit(running.conversation.id, page)
            case chat.LoadingModel():
                running.loads(event)
            case chat.Reading():
                running.reads(event)
            case _:
                running.say()
        if here:
            self._show_progress(running)

    def _refused(self, conversation_id: str, sentence: str) -> None:
        running = self._running.get(conversation_id)
        if conversation_id != self.conversation.id:
            return
        if running is not None and running.text:
            if running.edited:  # and its box opens again
                self._unsent.keep(conversation_id, running.edited, running.text)
                self.refresh()
            elif not self.composer.text():
                self.composer.set_text(running.text)
            sentence = f"{sentence} Your message is still here."
        self.composer.set_notice(sentence, fault=True)

    def _over(self, conversation_id: str) -> None:
        if self._left:
            return
        self._running.pop(conversation_id, None)
        if conversation_id == self.conversation.id:
            self.composer.set_answering(False)
            if self.transcript.column.streaming is not None:  # it broke off without an end
                self.refresh()
            if edit := self._edits.pop(conversation_id, None):
                self.edit(*edit)
        if conversation_id:
            self.chats_changed.emit()
        if not self._bridge.busy:
            self.readiness.gave_up()
        if not conversation_id and self._prepare_again:
            self._prepare_again = False
            self.prepare()

    def _note_engine(self, event: "TurnEvent") -> None:
        from app import chat

        self.readiness.note(event)
        match event:
            case chat.NotReady(sentence=sentence):
                self.composer.set_notice(sentence, fault=True)
            case chat.ModelReady(loaded=loaded) if self.is_new:
                self.composer.set_usage(0, 0, loaded.context)

    def _shown(self, node: Node) -> "Shown":
        from ui.showing import shown

        return shown(self._core.pictures, self.conversation, node, self.pages(self.conversation.id))

    def _show_progress(self, running: Running) -> None:
        self.transcript.set_status(running.status)
        self.transcript.set_progress(running.progress)

    def _show_usage(self) -> None:
        """How full the context was at the last answer."""
        for node in reversed(self.conversation.path()):
            if node.details and node.details.context:
                self.composer.set_usage(node.details.reused, node.details.new, node.details.context)
                return
        model = self._core.model_for(self.conversation) if self._looked else None
        context = self._core.settings.values.context
        trained = model.header.context_length if model else 0
        self.composer.set_usage(0, 0, min(context, trained or context))


def _open_link(address: str) -> None:
    url = QtCore.QUrl(address)
    if url.scheme().casefold() in OPENED_BY_CLICK:
        QtGui.QDesktopServices.openUrl(url)
