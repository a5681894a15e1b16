"""Words that say nothing of what a question is about, small and without accents, by language."""

from typing import Final

_LANGUAGES: Final = (
    # English
    """
    a about above after again all also am an and any are as at be because been before being below
    between both but by can could did do does doing don down during each few for from further had
    has have having he her here hers him his how i if in into is it its itself just me more most my
    no nor not now of off on once only or other our out over own please same she should so some such
    than that the their them then there these they this those through to too under until up us very
    was we were what when where which while who whom why will with would you your yours tell give
    show find say says said list explain describe write make let get
    """,
    # German
    """
    aber alle allem allen aller alles als also am an auch auf aus bei beim bin bis bist bitte da
    damit dann das dass dein deine dem den denn der des dich die dies diese diesem diesen dieser
    dieses dir doch du durch ein eine einem einen einer eines er es etwas euch euer fur gegen hab
    habe haben hat hatte hier hin ich ihm ihn ihnen ihr ihre im in ins ist ja jede jedem jeden jeder
    jedes kann kein keine konnen machen man mein meine mich mir mit nach nicht nichts noch nun nur
    ob oder ohne sehr sein seine sich sie sind so soll sollte steht uber um und uns unser unter viel
    vom von vor wann war waren warum was weil welche welchem welchen welcher welches wenn wer werden
    wie wieder will wir wird wo wurde zu zum zur zwischen sag sage zeig zeige gib nenne
    """,
    # French
    """
    au aux avec avez avoir c ce ces cet cette ceux comme comment d dans de des donne donner dont du
    elle elles en entre es est et etait ete etes etre eu fait faire font ici il ils j je l la le les
    leur leurs lui m ma mais me mes moi mon montre n ne nos notre nous on ont ou par pas peu peux
    plus pour pourquoi qu quand que quel quelle quelles quels qui quoi s sa sans se ses si son sont
    sous sur t ta te tes toi ton tous tout toute toutes trouve tu un une vos votre vous y
    """,
    # Spanish
    """
    al algo ante antes como con contra cual cuales cuando cuanto da dame de del desde dime donde dos
    e el ella ellas ellos en entre era eres es esa esas ese eso esos esta estan estar estas este
    esto estos ha han hasta hay la las le les lo los mas me mi mis mucho muy nada ni no nos nosotros
    o os otra otro para pero poco por porque que quien se sea ser si sin sobre son su sus tambien te
    tiene todo todos tu tus un una uno unos y ya yo
    """,
    # Italian
    """
    abbiamo ad agli ai al alla alle allo anche che chi ci cio coi col come con cosa cui da dagli dai
    dal dalla dalle degli dei del della delle dello dentro di dimmi dove e ed era essere fa fra gli
    ha hanno hai ho i il in io l la le lei li lo loro lui ma mi mio ne nei nel nella nelle nello noi
    non nostro o ogni per perche piu poi puo qual quale quali quando quanto quello questa queste
    questi questo se sei si sia siamo sono sta su sua sue sugli sui sul sulla suo suoi ti tra trova
    tu tuo tutti tutto un una uno vi voi vostro
    """,
    # Portuguese
    """
    a ao aos aquela aquele as ate com como da das de dela dele depois diga do dos e ela elas ele
    eles em entre era essa esse esta estao este eu foi ha isso isto ja lhe mais mas me mesmo meu
    minha muito na nao nas nem no nos nossa nosso num numa o onde os ou para pela pelo por porque
    qual quando quanto que quem sao se sem ser seu seus so sobre sua suas tambem te tem ter teu um
    uma voce voces
    """,
    # Dutch
    """
    aan al alle als ben bij dan dat de deze die dit doe door dus een en er ge geef geen had heb
    hebben heeft het hij hoe hun ik in is ja je jij jouw jullie kan kun maar me meer men met mij
    mijn naar niet niets nog nu of om ons onze ook op over te toch toen tot u uit uw van veel voor
    waar waarom wanneer was wat we welke werd wie wij worden wordt zal ze zegt zei zich zij zijn zo
    zou
    """,
    # Swedish, Danish, Norwegian
    """
    alla alle allt an at att av bara blev bli bliver da de dem den denna denne deras dere deres det
    detta dette dig din dina ditt du efter eftersom ej eller en enn er et ett fanns far finns fra
    fran for hade han hans har havde hende henne her hon hos hun hur hva hvad hvem hver hvilke
    hvilken hvis hvor hvordan i icke ikke ingen inte jag jeg kan kun kunne man med meg mellan men
    mig min mina mit mitt mot mycket na nagon nar nej ni noe nog noget om och og ocksa op os oss
    over pa sa sadan samma selv sig sin sine sitt skal ska skulle som til till under upp ut utan vad
    var vara vart ved vem vi vid vilka vilken vill vor
    """,
    # Finnish
    """
    ei en enka etta eika han he ja jo joka jos kanssa kuin kun me mika missa miten mutta myos ne
    niin nyt on ole oli olla ovat se sen siita sina tai tama vai
    """,
    # Polish
    """
    aby ale bardzo bo byc byl byla bylo byly co czy dla do gdzie go i ich ile im ja jak jako jakie
    jego jej jest jestem juz kiedy kto ktora ktore ktory lub ma mi mnie moze na nad nie niz o od
    oraz po pod przez przy sa sie sobie ta tak takze tam te tego tej tez to tu ty tylko tym u w we
    wiec z za ze
    """,
    # Czech
    """
    aby aneb ano az bez bude byl byla byli bylo co coz do jaka jake jako je jeho jeji jejich jen
    jeste ji jsem jsme jsou k kam kde kdo kdy kdyz ke ktera ktere ktery ma mezi mi na nam nas ne
    nebo neni nez o od po pod podle pro proc proto pri s se si ta tak take tato ten tento to tohoto
    u uz v vam vas ve z za ze
    """,
)

STOP_WORDS: Final = tuple(frozenset(words.split()) for words in _LANGUAGES)

_OF_DOCUMENTS: Final = """
    document documents file files pdf page pages slide slides sheet sheets text attachment attached
    content contents summarise summarize summary summaries overview main point key gist tldr recap
    outline translate read whole entire everything dokument dokumente datei dateien seite seiten
    folie folien blatt anhang inhalt zusammenfassung zusammenfassen fasse zusammen uberblick
    wichtigsten punkte ubersetze lies ganze gesamte fichier fichiers documento documentos documenti
    archivo archivos arquivo diapositive diapositives feuille piece jointe contenu resume resumes
    resumer resumez apercu principaux traduis traduire lis pagina paginas hoja adjunto contenido
    resumen resumir puntos principales traduce lee folha anexo conteudo resumo traduza pagine foglio
    allegato contenuto riassunto riassumi riassumere punti principali traduci leggi bestand
    bestanden bladzijde bijlage inhoud samenvatting samenvatten vat samen hoofdpunten vertaal lees
    fil filer filen sida sidor side sider bilaga vedlegg innehall indhold innhold sammanfatta
    sammanfattning opsummer oppsummer oversett oversaet tiedosto tiedostot asiakirja sivu sivut
    sisalto tiivista tiivistelma kaanna plik pliki strona strony zalacznik tresc podsumuj
    podsumowanie streszczenie przetlumacz soubor soubory strana strany priloha obsah shrn shrnuti
    prelozit
"""

OF_DOCUMENTS: Final = frozenset(_OF_DOCUMENTS.split())
"""Words with which people speak of any document, and of summing one up."""
